// The code on a page is edited and run where it stands. What that takes lies beside JupyterLite, in
// web/cells, and comes when a reader asks for it.
"use strict";

{
  const door = document.querySelector(".run-page");
  const edit = async (button, input) => {
    try {
      if (location.protocol === "file:") {
        throw new Error("this page lies in a folder, and code runs on pages from a server (make serve)");
      }
      (await import(new URL(door.dataset.script, location))).edit(door, input);
    } catch (error) {
      const told = door.told ??= document.createElement("p");
      told.role = "status";
      button.after(told);
      told.textContent = `The code was not made ready: ${error.message}.`;
    }
  };
  door?.addEventListener("click", () => edit(door));
  const inputs = door ? document.querySelectorAll("article .cell_input") : [];
  inputs.forEach((input, number) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "run-cell", textContent: "Edit and run" });
    button.ariaLabel = `Edit and run cell ${number + 1}`;
    button.addEventListener("click", () => edit(button, input));
    input.append(button);
  });
}

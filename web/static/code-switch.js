// Code is folded where nobody needs it to follow: cells that only import. A switch shows all of a
// page's code, or none; the choice stays for all pages.
"use strict";

{
  const KEY = "pesim-code";
  const CHOICES = { needed: "what is needed", all: "all", none: "none" };
  const inputs = [...document.querySelectorAll(".bd-article .cell_input")];

  const importsOnly = (text) =>
    text.trim().split("\n").every((line) => /^(from |import |    |\)|#|$)/.test(line));

  const fold = (input) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "code-fold";
    input.before(button);
    const set = (shown) => {
      input.hidden = !shown;
      button.ariaExpanded = shown;
      button.textContent = shown ? "Fold the code" : "Show the code";
    };
    button.addEventListener("click", () => set(input.hidden));
    const needed = !importsOnly(input.querySelector("pre").textContent);
    return (choice) => {
      set(choice === "all" || (choice === "needed" && needed));
      button.hidden = choice === "all" || (choice === "needed" && needed);
    };
  };

  const addSwitch = () => {
    const folds = inputs.map(fold);
    const group = document.createElement("fieldset");
    group.className = "code-switch";
    group.innerHTML = `<legend>Code</legend>${Object.entries(CHOICES).map(([value, words]) =>
      `<label><input type="radio" name="code" value="${value}"> ${words}</label>`).join("")}`;
    const show = (choice) => folds.forEach((set) => set(choice));
    group.addEventListener("change", (event) => {
      localStorage.setItem(KEY, event.target.value);
      show(event.target.value);
    });
    const stored = localStorage.getItem(KEY);
    const chosen = stored in CHOICES ? stored : "needed";
    group.querySelector(`[value=${chosen}]`).checked = true;
    show(chosen);
    const article = document.querySelector(".bd-article");
    (article.querySelector(".admonition") ?? article.querySelector("h1")).after(group);
  };

  if (inputs.length) addSwitch();
}

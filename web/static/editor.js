// Messages that answer: replays the library's arithmetic. See pesim_lib/display/message_editor.py.
"use strict";

const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  exp: (a) => Math.exp(a),
};

function follow({ steps, results }, inputs) {
  const values = [...inputs];
  for (const [operation, a, b] of steps) {
    values.push(operation === "=" ? a : OPERATIONS[operation](values[a], values[b]));
  }
  return results.map((number) => values[number]);
}

document.querySelectorAll(".editor").forEach((editor) => {
  const recipe = JSON.parse(editor.dataset.recipe);
  const inputs = [...editor.querySelectorAll("input")];
  const kinds = ["proposal", "price"];
  // The recipe takes all proposals first, then all prices.
  const ordered = kinds.flatMap((kind) => inputs.filter((input) => input.name.startsWith(kind)));
  const cells = [...editor.querySelectorAll(".results tbody td")];
  const reading = editor.querySelector(".reading");
  const reset = editor.querySelector("button");

  function settle() {
    const wrong = inputs.find((input) => !Number.isFinite(input.valueAsNumber)
      || input.validity.rangeUnderflow);
    inputs.forEach((input) => input.setAttribute("aria-invalid", input === wrong));
    if (wrong) {
      const allowed = wrong.min ? "a number, 0 or more" : "a number";
      reading.textContent = `${wrong.ariaLabel}: allowed is ${allowed}.`;
      cells.forEach((cell) => (cell.textContent = "–"));
      return;
    }
    const numbers = follow(recipe, ordered.map((input) => input.valueAsNumber));
    cells.forEach((cell, k) => {
      cell.textContent = numbers[k].toFixed(4).replace(/^-0\.0000$/, "0.0000");
    });
    const width = cells.length / 5;
    const row = (k) => cells.slice(k * width, (k + 1) * width).map((cell) => cell.textContent);
    const taxes = row(4);
    reading.textContent = `Efforts ${row(0).slice(0, -1).join(", ")}. `
      + `Taxes ${taxes.slice(0, -1).join(", ")}, in sum ${taxes.at(-1)}.`;
  }

  function remember() {
    const url = new URL(location);
    for (const input of inputs) {
      if (input.value === input.defaultValue) url.searchParams.delete(`message.${input.name}`);
      else url.searchParams.set(`message.${input.name}`, input.value);
    }
    history.replaceState(null, "", url);
  }

  const chosen = new URL(location).searchParams;
  for (const input of inputs) {
    input.readOnly = false;
    input.value = chosen.get(`message.${input.name}`) ?? input.defaultValue;
    input.addEventListener("input", settle);
    input.addEventListener("change", remember);
  }
  reset.addEventListener("click", () => {
    inputs.forEach((input) => (input.value = input.defaultValue));
    remember();
    settle();
  });
  reset.hidden = false;
  settle();
});

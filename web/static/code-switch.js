// A reader chooses which code is shown, for all pages. See web/sphinx/code_folds.py; the layout tells
// the choice to the style sheet before anything is drawn.
"use strict";

{
  const page = document.documentElement.dataset;
  const folds = [...document.querySelectorAll(".code-fold")];

  const set = (fold, shown) => {
    fold.ariaExpanded = shown;
    fold.textContent = shown ? "Fold the code" : "Show the code";
  };
  for (const fold of folds) {
    fold.addEventListener("click", () => set(fold, fold.ariaExpanded === "false"));
  }

  for (const choice of document.querySelectorAll(".code-switch input")) {
    choice.checked = choice.value === page.code;
    choice.addEventListener("change", () => {
      localStorage.setItem("pesim-code", choice.value);
      page.code = choice.value;
      folds.forEach((fold) => set(fold, false));
    });
  }
}

// Formulas are copied as the TeX that they were written in.
"use strict";

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0).cloneRange();
  const formula = (node) => (node.parentElement ?? node).closest?.("math");
  const [first, last] = [formula(range.startContainer), formula(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = range.cloneContents();
  if (!copied.querySelector("math")) return;
  const page = document.createElement("div");
  page.append(copied.cloneNode(true));
  for (const math of copied.querySelectorAll("math")) {
    const mark = math.getAttribute("display") === "block" ? "$$" : "$";
    math.replaceWith(mark + math.querySelector("annotation").textContent.trim() + mark);
  }
  event.clipboardData.setData("text/html", page.innerHTML);
  event.clipboardData.setData("text/plain", copied.textContent.trim());
  event.preventDefault();
});

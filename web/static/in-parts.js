// A page that opens at its top is laid out a part at a time, so that it answers meanwhile: pesim.css
// leaves out what is not near the screen, and this takes in some of it a frame. A reader's act may
// lead far down, so all comes before it.
"use strict";

// What needs the whole page waits for it.
const laidOut = new Promise((resolve) => {
  const MOST_ELEMENTS = 1000;
  const ACTS = ["click", "keydown"];
  let parts;

  const takeIn = (most) => {
    for (let count = 0; parts.length && count < most;) {
      const part = parts.shift();
      part.style.contentVisibility = "visible";
      count += part.querySelectorAll("*").length;
    }
  };
  const next = () => {
    takeIn(MOST_ELEMENTS);
    if (parts.length) requestAnimationFrame(next);
    else requestAnimationFrame(() => setTimeout(resolve));
  };
  addEventListener("DOMContentLoaded", () => {
    const there = document.documentElement.dataset.parts !== undefined;
    parts = there ? [...document.querySelectorAll(".bd-article > section > section > *")] : [];
    const whole = () => takeIn(Infinity);
    for (const act of ACTS) addEventListener(act, whole, { capture: true, once: true });
    requestAnimationFrame(next);
  });
});

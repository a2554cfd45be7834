// A term, a formula, a theorem or a reference is shown beside a link that leads to it: to a pointer
// that rests there, to the keyboard, and to a first touch. The build puts it into the page.
"use strict";

(() => {
  const store = document.getElementById("previews");
  if (!store || !("popover" in HTMLElement.prototype)) return;
  const previews = new Map([...store.content.children].map((part) => [part.dataset.of, part]));
  const box = document.createElement("div");
  // What is wider than a phone scrolls inside.
  Object.assign(box, { id: "preview", popover: "manual", role: "tooltip", tabIndex: 0 });
  document.querySelector("main").append(box);
  let shown = null;
  let waiting;
  let touched = false;

  const linkAt = (target) => {
    const link = target.closest?.("a.reference.internal");
    return link && previews.has(link.getAttribute("href")) ? link : null;
  };

  function place() {
    const line = shown.getClientRects()[0];
    if (!line || line.bottom < 0 || line.top > innerHeight) return hide();
    const { width, height } = box.getBoundingClientRect();
    const below = line.bottom + 6;
    const top = below + height <= innerHeight ? below : Math.max(4, line.top - height - 6);
    const left = Math.max(8, Math.min(line.left, document.documentElement.clientWidth - width - 8));
    box.style.translate = `${left}px ${top}px`;
  }

  function show(link) {
    clearTimeout(waiting);
    if (link === shown) return;
    hide();
    shown = link;
    // The browser would show a second box.
    link.removeAttribute("title");
    link.setAttribute("aria-describedby", box.id);
    box.replaceChildren(previews.get(link.getAttribute("href")).cloneNode(true));
    box.showPopover();
    place();
  }

  function hide() {
    clearTimeout(waiting);
    if (!shown) return;
    shown.removeAttribute("aria-describedby");
    shown = null;
    box.hidePopover();
  }

  function later(step, pause) {
    clearTimeout(waiting);
    waiting = setTimeout(step, pause);
  }

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    const link = linkAt(target);
    if (link) later(() => show(link), 150);
    else if (shown && box.contains(target)) clearTimeout(waiting);
    else if (shown) later(hide, 300);
    else clearTimeout(waiting);
  });
  document.addEventListener("focusin", ({ target }) => {
    const link = linkAt(target);
    if (link?.matches(":focus-visible")) show(link);
  });
  document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget === box || hide());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    if (!box.contains(event.target) && linkAt(event.target) !== shown) hide();
  });
  document.addEventListener("click", (event) => {
    const link = linkAt(event.target);
    if (!touched || !link || link === shown) return;
    event.preventDefault();
    show(link);
  });
  addEventListener("scroll", () => shown && place(), { passive: true });
})();

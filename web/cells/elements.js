// Elements as the other scripts make them.

export function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function button(textContent, act, ariaLabel = null) {
  const made = element("button", { type: "button", textContent, ariaLabel });
  made.addEventListener("click", act);
  return made;
}

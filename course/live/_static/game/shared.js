// The connection of phones and projector: oTree's live messages, repeated until they are answered.
"use strict";

const EVERY = 4000;
// What oTree's frame of every page leaves out, and a landmark inside which no other may lie.
document.documentElement.lang = "en";
document.querySelector("#form").removeAttribute("role");

let version = 0;
let heard = Date.now();

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== ""));
  return made;
}

function table(caption, heads, rows, kind = "") {
  const line = ([first, ...cells]) => element("tr", {},
    element("th", { scope: "row" }, first), cells.map((cell) => element("td", {}, cell)));
  return element("table", { class: kind },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, rows.map(line)));
}

function words(number, digits = 0) {
  const text = number.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

function hello() {
  if (liveSocket.readyState === WebSocket.OPEN) liveSend({ do: "hello", have: version });
}

// A page calls this with its own function of what the server sends.
function listen(receive) {
  const lost = element("p", { id: "lost", role: "status", hidden: true },
    "No connection. The page goes on by itself as soon as there is one.");
  document.body.prepend(lost);
  window.liveRecv = (message) => {
    heard = Date.now();
    lost.hidden = true;
    version = message.version ?? version;
    receive(message);
  };
  setInterval(() => {
    lost.hidden = Date.now() - heard < 3 * EVERY;
    hello();
  }, EVERY + Math.random() * 1000);
  // A phone that wakes up asks at once.
  document.addEventListener("visibilitychange", () => document.hidden || hello());
  liveSocket.addEventListener("open", hello);
  hello();
}

// Sliders that answer from pictures drawn ahead. See pesim_lib/display/sliders.py.
"use strict";

// The explorers of the page, for what works with them: explore-tools.js.
const explorers = [];
// Figure -> how to draw it between its pictures: closed-forms.js.
const closedForms = {};

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

// Packed pictures lie in the page, or in a script beside it.
function packed(source) {
  if (!source.dataset.src) return Promise.resolve(source.textContent);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source.dataset.src;
    const mark = /(\w+)\.js$/.exec(script.src)[1];
    script.onload = () => resolve(globalThis.exploreFrames[mark]);
    script.onerror = () => reject(new Error(`not loaded: ${script.src}`));
    document.head.append(script);
  });
}

function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = i;
  });
  return best;
}

// A slider's value at a place between its own, which then are positive and grow by factors.
function valueAt(values, place) {
  const low = Math.floor(place);
  if (low === place) return values[low];
  return Number((values[low] * (values[low + 1] / values[low]) ** (place - low)).toPrecision(3));
}

function placeOf(values, wanted) {
  const value = Math.min(Math.max(wanted, values[0]), values.at(-1));
  const low = values.findLastIndex((one) => one <= value);
  return low === values.length - 1 ? low
    : low + Math.log(value / values[low]) / Math.log(values[low + 1] / values[low]);
}

// c1 as it is written in readings.
function written(name) {
  return name.replace(/(?<=^[A-Za-z])\d$/, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

// The second explorer of one figure on a page is "name-2" in the address.
const seen = {};
function addressName(figure) {
  seen[figure] = (seen[figure] ?? 0) + 1;
  return seen[figure] === 1 ? figure : `${figure}-${seen[figure]}`;
}

function start(element) {
  const figure = element.dataset.figure.split(":")[1];
  const name = addressName(figure);
  const picture = element.querySelector(".picture");
  const reading = element.querySelector(".reading");
  const inputs = [...element.querySelectorAll("input[type=range]")];
  const values = inputs.map((input) => JSON.parse(input.dataset.values));
  const initial = inputs.map((input) => input.defaultValue);
  const between = closedForms[figure];
  let frames, asked = 0;
  const unpacked = () => (frames ??= packed(element.querySelector(".explore-frames")).then(unpack));

  // A pointer that is next to a listed value means it.
  const places = () => inputs.map(({ valueAsNumber: at }) =>
    Math.abs(at - Math.round(at)) < 0.03 ? Math.round(at) : at);
  const chosen = (at) => at.map((place, k) => valueAt(values[k], place));
  const words = (at) =>
    chosen(at).map((value, k) => `${written(inputs[k].name)} = ${value}`).join(", ");

  // The picture and its reading at these places of the sliders.
  async function drawn(at) {
    const { lines, pictures, readings } = await unpacked();
    const frame = (whole) => {
      const state = whole.reduce((sum, place, k) => sum * values[k].length + place, 0);
      return [pictures[state].map((line) => lines[line]).join("\n"), readings[state]];
    };
    return at.every(Number.isInteger) ? frame(at) : between.draw(chosen(at), at, values, frame);
  }

  async function show() {
    const turn = (asked += 1);
    const at = places();
    inputs.forEach((input, k) => {
      const value = valueAt(values[k], at[k]);
      input.setAttribute("aria-valuetext", `${input.name} = ${value}`);
      input.parentElement.querySelector("output").textContent = value;
    });
    try {
      const [svg, sentence] = await drawn(at);
      // The last move counts.
      if (turn !== asked) return;
      picture.innerHTML = svg;
      picture.setAttribute("aria-label", sentence);
      reading.textContent = sentence;
    } catch (error) {
      frames = undefined;
      reading.textContent = "The pictures could not be loaded. Is the connection there?";
      console.error(error);
    }
    element.dispatchEvent(new Event("shown"));
  }

  // The reader's choices stay in the address, so that they can be linked to.
  function remember() {
    const url = new URL(location);
    const now = places();
    inputs.forEach((input, k) => {
      const key = `${name}.${input.name}`;
      if (input.value === initial[k]) url.searchParams.delete(key);
      else url.searchParams.set(key, valueAt(values[k], now[k]));
    });
    history.replaceState(null, "", url);
  }

  function placeNear(k, wanted) {
    const inside = between?.slider === inputs[k].name;
    return inside ? placeOf(values[k], wanted) : nearest(values[k], wanted);
  }

  function restore() {
    const address = new URL(location).searchParams;
    let changed = false;
    inputs.forEach((input, k) => {
      const wanted = Number.parseFloat(address.get(`${name}.${input.name}`));
      if (Number.isFinite(wanted)) {
        input.value = placeNear(k, wanted);
        changed = true;
      }
    });
    if (changed) show();
  }

  inputs.forEach((input) => {
    if (between?.slider === input.name) input.step = "any";
    input.addEventListener("input", show);
    input.addEventListener("change", remember);
  });
  element.querySelector(".explore-controls button").addEventListener("click", () => {
    inputs.forEach((input, k) => (input.value = initial[k]));
    remember();
    show();
  });
  element.querySelector(".explore-controls").hidden = false;
  // Unpacked when it comes near, an explorer answers its first move as fast as any other.
  new IntersectionObserver((entries, observer) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      observer.disconnect();
      // A failure is told when somebody asks for a picture.
      unpacked().catch(() => (frames = undefined));
    }
  }, { rootMargin: "50% 0px" }).observe(element);
  explorers.push({
    element, name, inputs, values, between, places, words, drawn, unpacked, placeNear, show, remember,
  });
  restore();
}

// A browser that cannot unpack keeps the first picture, without sliders that would not answer. Other
// scripts are there when the page is.
addEventListener("DOMContentLoaded", () => {
  if ("DecompressionStream" in window) document.querySelectorAll(".explore").forEach(start);
  dispatchEvent(new Event("explorers"));
});

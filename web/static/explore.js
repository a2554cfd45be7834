// Sliders that answer from the pictures packed into the page. See pesim_lib/display/sliders.py.
"use strict";

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, i) => {
    if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = i;
  });
  return best;
}

// The second explorer of one figure on a page is "name-2" in the address.
const seen = {};
function addressName(explorer) {
  const name = explorer.dataset.figure.split(":")[1];
  seen[name] = (seen[name] ?? 0) + 1;
  return seen[name] === 1 ? name : `${name}-${seen[name]}`;
}

function start(explorer) {
  const name = addressName(explorer);
  const picture = explorer.querySelector(".picture");
  const reading = explorer.querySelector(".reading");
  const inputs = [...explorer.querySelectorAll("input[type=range]")];
  const values = inputs.map((input) => JSON.parse(input.dataset.values));
  const initial = inputs.map((input) => input.defaultValue);
  let frames;
  const unpacked = () => (frames ??= unpack(explorer.querySelector(".explore-frames").textContent));

  async function show() {
    let state = 0;
    inputs.forEach((input, k) => {
      const value = values[k][input.valueAsNumber];
      state = state * values[k].length + input.valueAsNumber;
      input.setAttribute("aria-valuetext", `${input.name} = ${value}`);
      input.parentElement.querySelector("output").textContent = value;
    });
    const { pictures, readings } = await unpacked();
    picture.innerHTML = pictures[state];
    picture.setAttribute("aria-label", readings[state]);
    reading.textContent = readings[state];
  }

  // The reader's choices stay in the address, so that they can be linked to.
  function remember() {
    const url = new URL(location);
    inputs.forEach((input, k) => {
      const key = `${name}.${input.name}`;
      if (input.value === initial[k]) url.searchParams.delete(key);
      else url.searchParams.set(key, values[k][input.valueAsNumber]);
    });
    history.replaceState(null, "", url);
  }

  function restore() {
    const chosen = new URL(location).searchParams;
    let changed = false;
    inputs.forEach((input, k) => {
      const wanted = Number.parseFloat(chosen.get(`${name}.${input.name}`));
      if (Number.isFinite(wanted)) {
        input.value = nearest(values[k], wanted);
        changed = true;
      }
    });
    if (changed) show();
  }

  inputs.forEach((input) => input.addEventListener("input", show));
  inputs.forEach((input) => input.addEventListener("change", remember));
  explorer.querySelector("button").addEventListener("click", () => {
    inputs.forEach((input, k) => (input.value = initial[k]));
    remember();
    show();
  });
  explorer.querySelector(".explore-controls").hidden = false;
  // Unpacked when it comes into view, an explorer answers its first move as fast as any other.
  new IntersectionObserver((entries, observer) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      observer.disconnect();
      unpacked();
    }
  }).observe(explorer);
  restore();
}

// A browser that cannot unpack keeps the first picture, without sliders that would not answer.
if ("DecompressionStream" in window) document.querySelectorAll(".explore").forEach(start);

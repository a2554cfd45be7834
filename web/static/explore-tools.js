// What a reader does with an explorer beyond moving its sliders: play one through, type a value in
// between, keep a state beside the present one, link to it, save it.
"use strict";

const STEP_MS = 700;
const SHAPES = { play: "M3 1 L13 8 L3 15 Z", stop: "M2 2 H14 V14 H2 Z" };

function button(label, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}

function addTools(explorer) {
  const { element, name, inputs, values, between, places, words, drawn, show, remember } = explorer;
  const picture = element.querySelector(".picture");
  const reading = element.querySelector(".reading");
  const tools = document.createElement("div");
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  tools.className = "explore-tools";

  // The present state, and beside it the kept one.
  const states = document.createElement("div");
  states.className = "explore-states";
  picture.before(states);
  const present = states.appendChild(document.createElement("div"));
  present.append(picture, reading);

  // One slider is played at a time, until its end or until the reader does anything.
  let playing;
  function stop() {
    if (!playing) return;
    clearTimeout(playing.timer);
    playing.face("play");
    playing = undefined;
    reading.setAttribute("aria-live", "polite");
    remember();
  }

  function play(input, face) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const last = Number(input.max);
    const from = Math.floor(input.valueAsNumber);
    input.value = from === last ? 0 : from + 1;
    if (still) {
      remember();
      return show();
    }
    playing = { face };
    face("stop");
    // A screen reader is told where it ends, not each picture on the way.
    reading.setAttribute("aria-live", "off");
    const run = playing;
    const next = async () => {
      await show();
      if (playing !== run) return;
      if (Number(input.value) === last || document.hidden) {
        stop();
        return;
      }
      run.timer = setTimeout(() => {
        input.value = Number(input.value) + 1;
        next();
      }, STEP_MS);
    };
    return next();
  }

  for (const input of inputs) {
    const player = button("", () => {
      const mine = playing?.input === input;
      stop();
      if (!mine) {
        play(input, face);
        if (playing) playing.input = input;
      }
    });
    const face = (shape) => {
      player.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${SHAPES[shape]}"/></svg>`;
      player.ariaLabel = `${shape === "play" ? "Play" : "Stop"} ${input.name}`;
    };
    face("play");
    player.className = "explore-play";
    const control = document.createElement("div");
    control.className = "explore-control";
    const label = input.closest("label");
    label.replaceWith(control);
    control.append(label, player);
  }
  // Not what play itself sets: that dispatches no event.
  element.addEventListener("input", stop);
  element.addEventListener("keydown", (event) => event.key === "Escape" && stop());

  // A formula knows every value: it can be typed, and the arrow keys go from one listed value to the
  // next, as those of the other sliders do.
  inputs.filter((input) => input.name === between?.slider).forEach((input) => {
    const k = inputs.indexOf(input);
    const typed = document.createElement("input");
    typed.type = "number";
    typed.step = "any";
    [typed.min, typed.max] = [values[k][0], values[k].at(-1)];
    typed.ariaLabel = `${input.name}, any value from ${typed.min} to ${typed.max}`;
    const output = input.parentElement.querySelector("output");
    output.hidden = true;
    output.after(typed);
    const copy = () => {
      if (document.activeElement !== typed) typed.value = output.textContent;
    };
    copy();
    element.addEventListener("shown", copy);
    typed.addEventListener("input", (event) => {
      event.stopPropagation();
      stop();
      typed.setAttribute("aria-invalid", !typed.checkValidity());
      if (typed.value === "" || !typed.checkValidity()) return;
      input.value = explorer.placeNear(k, typed.valueAsNumber);
      remember();
      show();
    });
    typed.addEventListener("blur", () => {
      typed.removeAttribute("aria-invalid");
      copy();
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const at = input.valueAsNumber;
      input.value = step > 0 ? Math.floor(at) + 1 : Math.ceil(at) - 1;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });

  const key = `${name}.kept`;
  let kept;
  function note(value) {
    const url = new URL(location);
    if (value) url.searchParams.set(key, value);
    else url.searchParams.delete(key);
    history.replaceState(null, "", url);
  }

  async function keep(at) {
    const [svg, sentence] = await drawn(at);
    kept?.remove();
    kept = states.appendChild(document.createElement("div"));
    kept.className = "explore-kept";
    const heading = kept.appendChild(document.createElement("p"));
    heading.append(`Kept: ${words(at)} `, button("Let go", () => {
      kept.remove();
      kept = undefined;
      note("");
      keeper.focus();
    }));
    const image = kept.appendChild(picture.cloneNode());
    image.setAttribute("aria-label", sentence);
    // No two elements of a page have one name.
    image.innerHTML = svg.replace(/(id="|url\(#|href="#)/g, "$1kept-");
    const text = kept.appendChild(document.createElement("p"));
    text.className = "reading";
    text.textContent = sentence;
    note(at.map((place, k) => valueAt(values[k], place)).join(","));
    status.textContent = `Kept: ${words(at)}.`;
  }
  const keeper = button("Keep this one", () => keep(places()));

  const save = (kind, text, ending) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind }));
    link.download = `${name}${ending}`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  tools.append(
    keeper,
    button("Copy link", async () => {
      remember();
      const url = new URL(location);
      url.hash = element.closest("[id]").id;
      try {
        await navigator.clipboard.writeText(url.href);
        status.textContent = "The link is copied; it opens this state.";
      } catch {
        status.textContent = "The address of this page has this state: copy it there.";
      }
    }),
    button("Save picture", () => {
      save("image/svg+xml", alone(picture.querySelector("svg"), reading.textContent), ".svg");
    }),
    button("Save data", async () => {
      const { readings } = await explorer.unpacked();
      save("text/csv", table(inputs.map((input) => input.name), values, readings), ".csv");
    }),
    status,
  );
  states.after(tools);

  const linked = new URL(location).searchParams.get(key)?.split(",").map(Number.parseFloat);
  if (linked?.length === inputs.length && linked.every(Number.isFinite)) {
    keep(linked.map((value, k) => explorer.placeNear(k, value)));
  }
}

// A picture that needs no page around it.
function alone(svg, sentence) {
  const box = svg.viewBox.baseVal;
  const title = document.createElement("title");
  title.textContent = sentence;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" `
    + `viewBox="0 0 ${box.width} ${box.height}" width="${box.width}pt" height="${box.height}pt" `
    + `color="#000" fill="currentColor">${title.outerHTML}`
    + `${new XMLSerializer().serializeToString(svg)
      .replace(/^<svg[^>]*>/, "").replaceAll(' href="#', ' xlink:href="#')}\n`;
}

// The numbers of a reading, each under the words before it.
function numbers(sentence) {
  const found = new Map();
  // What stands before the colon are the sliders' values.
  const rest = sentence.slice(sentence.indexOf(":") + 1);
  let last = 0, words = "value";
  for (const match of rest.matchAll(/(?<![\w.])[+\-−]?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])/g)) {
    const before = rest.slice(last, match.index).replace(/^[^\p{L}]+|[^\p{L}\p{N}]+$/gu, "");
    last = match.index + match[0].length;
    words = before || words;
    let heading = words;
    for (let k = 2; found.has(heading); k += 1) heading = `${words} (${k})`;
    found.set(heading, match[0].replace("−", "-"));
  }
  return found;
}

// Every combination of the sliders' values in a line: the values, the numbers of its reading, and
// the reading itself.
function table(names, values, readings) {
  const found = readings.map(numbers);
  const headings = [...new Set(found.flatMap((row) => [...row.keys()]))];
  const states = values.reduce(
    (rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])), [[]]);
  const cell = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : `${value}`);
  const lines = states.map((state, k) =>
    [...state, ...headings.map((heading) => found[k].get(heading) ?? ""), readings[k]]);
  return [[...names, ...headings, "reading"], ...lines]
    .map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

addEventListener("explorers", () => explorers.forEach(addTools));

// One cell of the page: its code in a box to edit, its output in place of the stored one.
import { button, element } from "./elements.js";
import { Sliders } from "./sliders.js";

const CLASSES = { text: "output text_plain", warning: "output stderr run-warning", error: "output run-error" };

export class Cell {
  // `run` runs this cell, `draw` draws its explorer at some values.
  constructor(input, name, run, draw) {
    Object.assign(this, { input, name, draw, ran: null, live: null });
    this.source = input.querySelector("pre").textContent.replace(/\n$/, "");
    this.code = element("textarea", {
      className: "run-code", value: this.source, ariaLabel: `Code of ${this.name}`,
      spellcheck: false, autocapitalize: "off", autocomplete: "off",
    });
    this.code.setAttribute("aria-keyshortcuts", "Shift+Enter");
    this.code.addEventListener("input", () => this.settle());
    this.code.addEventListener("keydown", (event) => this.press(event, run));
    this.back = button("Reset", () => this.reset(), `Reset ${this.name}`);
    this.tools = element("div", { className: "run-tools" }, button("Run", run, `Run ${this.name}`), this.back);
    input.classList.add("run-edited");
    input.append(this.code);
    input.after(this.tools);
    this.settle();
  }

  press(event, run) {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.shiftKey) {
      event.preventDefault();
      run();
    } else if (!event.ctrlKey && !event.altKey && !event.metaKey) {
      // The next line stands as far in as this one, or farther after a colon.
      const line = this.code.value.slice(0, this.code.selectionStart).split("\n").at(-1);
      const indent = line.match(/^ */)[0] + (/:\s*$/.test(line) ? "    " : "");
      // Obsolete, and the one way that undo knows of.
      if (indent && document.execCommand("insertText", false, `\n${indent}`)) event.preventDefault();
    }
  }

  settle() {
    this.code.rows = this.code.value.split("\n").length;
    this.back.hidden = this.code.value === this.source && !this.live;
  }

  focus() {
    this.code.focus();
  }

  // Whether Python has run it as it stands, and nothing above it has changed since.
  isCurrent() {
    return this.ran === this.code.value;
  }

  forget() {
    this.ran = null;
  }

  // Make room for new output; what the page keeps is hidden.
  begin() {
    const height = (this.live ?? this.stored)?.offsetHeight;
    if (!this.live) this.makeRoom();
    this.live.replaceChildren();
    // What stands below keeps its place while the cell runs.
    this.live.style.minHeight = `${height ?? 0}px`;
    this.settle();
    return this.code.value;
  }

  end(ran) {
    this.ran = ran;
    this.live.style.minHeight = "";
  }

  makeRoom() {
    const cell = this.input.parentElement;
    let output = cell.querySelector(":scope > .cell_output");
    if (!output) {
      output = element("div", { className: "cell_output docutils container run-made" });
      cell.append(output);
    }
    const place = output.querySelector("figure") ?? output;
    if (!this.stored) {
      const kept = [...place.childNodes].filter((node) => node.nodeName !== "FIGCAPTION");
      this.stored = element("div", { className: "run-stored" }, ...kept);
    }
    const height = this.stored.offsetHeight;
    this.live = element("div", { className: "run-live" });
    place.prepend(this.stored, this.live);
    this.stored.hidden = true;
    return height;
  }

  show(form, data) {
    if (form === "html") {
      this.live.append(element("div", { className: "output text_html", innerHTML: data }));
    } else if (form === "explorer") {
      this.sliders = new Sliders(data, this.draw);
      this.live.append(this.sliders.place);
    } else {
      const last = this.live.lastElementChild;
      if (last?.className === CLASSES[form]) last.querySelector("pre").append(data);
      else this.live.append(printed(CLASSES[form], data));
    }
  }

  redraw(drawn) {
    this.sliders?.show(drawn);
  }

  // Back to the page's code and output.
  reset() {
    this.code.value = this.source;
    this.showStored();
    this.settle();
    this.focus();
  }

  showStored() {
    this.live?.remove();
    this.live = this.sliders = null;
    if (this.stored) this.stored.hidden = false;
  }

  // Leave the page as it was.
  leave() {
    this.showStored();
    this.stored?.replaceWith(...this.stored.childNodes);
    this.input.parentElement.querySelector(":scope > .run-made")?.remove();
    this.input.classList.remove("run-edited");
    this.code.remove();
    this.tools.remove();
  }
}

// A cell whose code the page does not show, and whose output stays: others need what it defines.
export class HiddenCell {
  constructor(id) {
    Object.assign(this, { id, name: "a cell without shown code", code: null, ran: null });
  }

  isCurrent() {
    return this.ran === this.code;
  }

  forget() {
    this.ran = null;
  }

  begin() {
    return this.code;
  }

  end(ran) {
    this.ran = ran;
  }

  show() {}

  redraw() {}

  leave() {}
}

function printed(className, text) {
  const box = element("div", { className: "highlight" }, element("pre", {}, text));
  return element("div", { className }, box);
}

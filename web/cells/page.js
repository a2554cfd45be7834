// The cells of a page are edited and run where they stand. Comes when a reader asks for it: see
// web/static/run-cells.js. Python runs in worker.js.
import { Cell, HiddenCell } from "./cell.js";
import { button, element } from "./elements.js";
import { Ended, Kernel, codeOf, settings } from "./kernel.js";

const HERE = import.meta.url;
const READY = "Run a cell by its button, or by Shift+Enter in its code.";
const ANEW = "The next run starts Python anew, and cells above run again.";

let session;

// Make the page's cells editable and start Python; who asked at a cell is taken into its code.
export function edit(door, input) {
  session ??= new Session(door);
  session.cells.find((cell) => cell.input === input)?.focus();
}

class Session {
  constructor(door) {
    this.files = (door.dataset.files ?? "").split(" ").filter(Boolean);
    const style = new URL("cells.css", HERE).href;
    if (!document.querySelector(`link[href="${style}"]`)) {
      document.head.append(element("link", { rel: "stylesheet", href: style }));
    }
    this.notebook = door.dataset.notebook;
    this.shown = 0;
    this.cells = [...document.querySelectorAll("article .cell")].map((place, number) => {
      const input = place.querySelector(".cell_input");
      if (!input) return new HiddenCell(place.id);
      this.shown += 1;
      const draw = (values) => this.kernel?.draw(number, values);
      return new Cell(input, `cell ${this.shown}`, () => this.run(number), draw);
    });
    this.state = element("p", { role: "status" });
    this.read = element("span", { ariaHidden: "true" });
    this.all = button("Run all", () => this.run(this.cells.findLastIndex((cell) => cell.input)));
    this.stop = button("Stop", () => this.interrupt());
    this.bar = element("section", { className: "run-bar", ariaLabel: "Running the code" },
      this.state, this.read, this.all, this.stop, button("Close", () => this.close()));
    document.querySelector(".run-bar")?.remove();
    document.querySelector("article").append(this.bar);
    this.busy(false);
    this.python().catch(() => {});
  }

  say(text) {
    this.state.textContent = text;
    this.read.textContent = "";
  }

  busy(running) {
    this.running = running;
    this.stop.ariaDisabled = String(!running);
    this.all.ariaDisabled = String(running);
  }

  // Python, started when there is none.
  python() {
    this.starting ??= this.start().catch((error) => {
      this.starting = null;
      if (!(error instanceof Ended)) this.giveUp(error.message);
      throw error;
    });
    return this.starting;
  }

  async start() {
    let from = "this site";
    try {
      this.say("Loading Python");
      const given = await settings(HERE, this.files);
      await this.readHidden();
      if (session !== this) throw new Ended();
      const { host } = new URL(given.runtime);
      if (host !== location.host) from = host;
      this.kernel = new Kernel(HERE, (data) => this.hear(data, from));
      const { version } = await this.kernel.start(given);
      this.say(`Python ${version} is ready. ${READY}`);
    } catch (error) {
      if (error instanceof Ended) throw error;
      const offline = navigator.onLine ? "" : " This browser is offline.";
      throw new Error(`Python could not be loaded from ${from}.${offline} (${error.message})`);
    }
  }

  async readHidden() {
    const hidden = this.cells.filter((cell) => !cell.input);
    if (!hidden.length) return;
    const codes = await codeOf(HERE, this.notebook);
    for (const cell of hidden) cell.code = codes.get(cell.id);
  }

  hear(data, from) {
    if (data.kind === "state") this.say(`${data.text} from ${from}`);
    else if (data.kind === "read") this.read.textContent = `${(data.bytes / 1e6).toFixed(1)} MB so far`;
    else if (data.kind === "output") this.cells[data.cell].show(data.form, data.data);
    else this.cells[data.cell].redraw(data);
  }

  // Run a cell, and first those above it that have not run as they stand.
  async run(last) {
    if (this.running) {
      this.say("A cell is running. Stop ends it.");
      return;
    }
    this.busy(true);
    try {
      await this.python();
    } catch {
      // Why has been said.
      this.busy(false);
      return;
    }
    try {
      const stale = this.cells.findIndex((cell) => !cell.isCurrent());
      const first = stale < 0 ? last : Math.min(stale, last);
      for (let number = first; number <= last; number += 1) await this.runOne(number, last);
      const above = last - first;
      this.say(`${upper(this.cells[last].name)} has run${above ? `, and ${above} above it` : ""}.`);
    } catch (error) {
      if (error instanceof Wrong) {
        this.say(error.message);
      } else if (!(error instanceof Ended)) {
        this.end();
        this.say(`Python broke down: ${error.message} ${ANEW}`);
      }
    } finally {
      this.busy(false);
    }
  }

  async runOne(number, last) {
    const cell = this.cells[number];
    const why = number < last ? `, for ${this.cells[last].name} needs what is above it` : "";
    this.say(`Running ${cell.name}${why}.`);
    if (!cell.isCurrent()) this.cells.slice(number).forEach((below) => below.forget());
    const code = cell.begin();
    const { whole, words } = await this.kernel.run(number, cell.name, code);
    cell.end(whole ? code : null);
    if (!whole) throw new Wrong(`${upper(cell.name)} ended with an error. ${words}`);
  }

  // The one way to end a loop that does not end by itself.
  interrupt() {
    if (!this.running) return;
    this.end();
    this.say(`Stopped. ${ANEW}`);
  }

  end() {
    this.kernel?.end();
    this.kernel = this.starting = null;
    this.cells.forEach((cell) => cell.forget());
  }

  giveUp(reason) {
    this.leave();
    this.say(`${reason} The page is as it was.`);
    this.all.remove();
    this.stop.remove();
  }

  close() {
    this.leave();
    this.bar.remove();
  }

  leave() {
    if (session !== this) return;
    session = null;
    this.end();
    this.cells.forEach((cell) => cell.leave());
  }
}

const upper = (name) => name[0].toUpperCase() + name.slice(1);

class Wrong extends Error {}

// Python in a worker, as page.js needs it: started, asked to run and to draw, ended.

// What run.json says, with whole addresses; `files` lie where the page's notebook does.
export async function settings(here, files) {
  const response = await fetch(new URL("run.json", here));
  if (!response.ok) throw new Error(`${response.status} for run.json`);
  const { runtime, packages, wheel } = await response.json();
  const whole = (address) => new URL(address, here).href;
  return {
    packages,
    runtime: whole(runtime),
    wheel: whole(wheel),
    code: whole("runner.py"),
    files: files.map((name) => [name, whole(`../files/${name}`)]),
  };
}

// The code of a notebook's cells, by the names that they have on the page.
export async function codeOf(here, notebook) {
  const response = await fetch(new URL(`../files/${notebook}`, here));
  if (!response.ok) throw new Error(`${response.status} for ${notebook}`);
  const { cells } = await response.json();
  return new Map(cells.map(({ id, source }) => [`cell-${id}`, [source].flat().join("")]));
}

export class Kernel {
  // `hear` takes what the worker says beside its answers: states, bytes, outputs, drawings.
  constructor(here, hear) {
    this.worker = new Worker(new URL("worker.js", here), { type: "module" });
    this.worker.addEventListener("message", ({ data }) => {
      if (data.kind === "ready" || data.kind === "done") this.answer(data);
      else if (data.kind === "failed") this.fail(new Error(data.message));
      else hear(data);
    });
    this.worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.fail(new Error(event.message || "the worker did not start"));
    });
  }

  ask(question) {
    return new Promise((answer, fail) => {
      Object.assign(this, { answer, fail });
      this.worker.postMessage(question);
    });
  }

  start(settings) {
    return this.ask({ kind: "start", ...settings });
  }

  run(cell, name, code) {
    return this.ask({ kind: "run", cell, name, code });
  }

  draw(cell, values) {
    this.worker.postMessage({ kind: "draw", cell, values });
  }

  // Whoever waits for an answer hears that none comes.
  end() {
    this.worker.terminate();
    this.fail?.(new Ended());
  }
}

export class Ended extends Error {}

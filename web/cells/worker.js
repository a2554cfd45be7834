// Python for the cells of a page, in a worker: a cell that never ends can be ended with it.

const SHOWN_EVERY = 250;
const HOME = "/home/pyodide";
let runner, python;
let read = 0;
let told = 0;

const say = (kind, rest) => postMessage({ kind, ...rest });

// Count what is read, for the reader who waits for it.
const fetched = self.fetch;
self.fetch = async (...address) => {
  const response = await fetched(...address);
  if (!response.body) return response;
  const count = new TransformStream({
    transform(part, stream) {
      read += part.length;
      if (performance.now() - told > SHOWN_EVERY) {
        told = performance.now();
        say("read", { bytes: read });
      }
      stream.enqueue(part);
    },
  });
  return new Response(response.body.pipeThrough(count), response);
};

async function bytes(address) {
  const response = await self.fetch(address);
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function start({ runtime, packages, wheel, files, code }) {
  say("state", { text: "Loading Python" });
  const { loadPyodide } = await import(`${runtime}pyodide.mjs`);
  // The page draws nothing in windows.
  python = await loadPyodide({ indexURL: runtime, env: { HOME, MPLBACKEND: "agg" } });
  say("state", { text: `Loading ${packages.join(", ")}` });
  await load(packages);
  python.unpackArchive(await bytes(wheel), "wheel");
  for (const [name, address] of files) {
    const path = `${HOME}/${name}`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, await bytes(address));
  }
  python.FS.writeFile("/lib/runner.py", await bytes(code));
  python.runPython("import sys; sys.path.append('/lib'); sys.path.insert(0, '')");
  runner = python.pyimport("runner").Runner(python.pyimport("__main__"));
  say("ready", { version: python.runPython("sys.version.split()[0]") });
}

// Pyodide reports what it cannot load, and goes on.
async function load(names) {
  const wrong = [];
  await python.loadPackage(names, { messageCallback() {}, errorCallback: (text) => wrong.push(text) });
  const missing = names.filter((name) => !(name in python.loadedPackages));
  if (missing.length || wrong.length) {
    throw new Error(`${missing.join(", ")} did not load. ${wrong.join(" ")}`.trim());
  }
}

async function run({ cell, name, code }) {
  // Wherever these cannot be had, the cell's own import says so.
  await python.loadPackagesFromImports(code, { messageCallback() {}, errorCallback() {} });
  const show = (form, data) => {
    const plain = data?.toJs ? data.toJs({ dict_converter: Object.fromEntries }) : data;
    say("output", { cell, form, data: plain });
  };
  const [whole, words] = runner.run(cell, name, code, show).toJs();
  say("done", { cell, whole, words });
}

function draw({ cell, values }) {
  try {
    say("drawn", { cell, picture: runner.draw(cell, python.toPy(values)) });
  } catch (error) {
    say("drawn", { cell, wrong: error.message.trim().split("\n").at(-1) });
  }
}

onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") await start(data);
    else if (data.kind === "run") await run(data);
    else draw(data);
  } catch (error) {
    // Those of the file system have a name alone.
    say("failed", { message: error.message || `${error.name} ${error.errno}` });
  }
};

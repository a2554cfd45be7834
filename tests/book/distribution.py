"""Pyodide from a folder, in place of the site's copy or its public host: for tests in a browser."""

import hashlib
import json

import runtime
from wheel.wheelfile import WheelFile

KINDS = {
    **{".mjs": "text/javascript", ".js": "text/javascript"},
    **{".wasm": "application/wasm", ".json": "application/json"},
}


def serve_from(context, folders):
    """Answer every request for the runtime's files from the first of `folders` that has them."""

    def answer(route):
        name = route.request.url.split("?")[0].rsplit("/", 1)[-1]
        files = [folder / name for folder in folders if (folder / name).is_file()]
        if not files:
            route.abort()
            return
        kind = KINDS.get(files[0].suffix, "application/octet-stream")
        headers = {"access-control-allow-origin": "*"}
        route.fulfill(path=files[0], content_type=kind, headers=headers)

    context.route(f"{runtime.HOST}**", answer)
    context.route("**/lite/static/pyodide/**", answer)


def write_small(folder, core):
    """A distribution of Pyodide's `core` and, in place of what is large, empty packages."""
    lock = json.loads((core / runtime.LOCK).read_text(encoding="utf-8"))
    packages = lock["packages"]
    for name in runtime.closure(packages, [*runtime.LIBRARY_NEEDS, *runtime.KERNEL_NEEDS]):
        package = packages[name]
        stem = name.replace("-", "_")
        path = folder / f"{stem}-{package['version']}-py3-none-any.whl"
        about = f"{stem}-{package['version']}.dist-info"
        with WheelFile(path, "w") as wheel:
            wheel.writestr(f"{stem}/__init__.py", "")
            about_wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            wheel.writestr(f"{about}/WHEEL", about_wheel)
            named = f"Name: {name}\nVersion: {package['version']}\n"
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\n{named}")
        package["file_name"] = path.name
        package["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / runtime.LOCK).write_text(json.dumps(lock), encoding="utf-8")
    return folder

"""Files and programs are read and written as UTF-8, whatever the machine's own encoding is."""

import ast
import json

import pytest
from site_server import ROOT

FOLDERS = ("benchmarks", "chapters", "course", "formal", "pesim_lib", "tasks", "tests", "web")
# Modules whose `open` opens something else than a text file.
BINARY = ("os", "tarfile", "zipfile", "webbrowser")


def sources():
    """Code by file: programs, and the code cells of notebooks."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        for path in sorted((ROOT / folder).rglob("*.ipynb")):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            yield path.relative_to(ROOT).as_posix(), "\n".join(code)


def unnamed(code):
    """Calls that leave the encoding of a text to the machine."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and _is_text(node) and "encoding" not in _named(node)
    ]


def _is_text(call):
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    if name in ("read_text", "write_text"):
        return True
    if name == "open":
        owner = getattr(call.func, "value", None)
        modes = [*call.args[0 if owner else 1 :][:1], *filter(None, [_named(call).get("mode")])]
        words = [ast.literal_eval(mode) for mode in modes if isinstance(mode, ast.Constant)]
        if owner is None:
            return not any("b" in word for word in words)
        # A path's: others open addresses and archives, which are no modes.
        mode = words[0] if words else "r" if not call.args else ""
        return getattr(owner, "id", None) not in BINARY and mode.strip("rwax+t") == "" != mode
    return "text" in _named(call) and name in ("run", "Popen", "check_output")


def _named(call):
    return {keyword.arg: keyword.value for keyword in call.keywords}


def test_every_text_names_its_encoding():
    found = {file: calls for file, code in sources() if (calls := unnamed(code))}
    assert found == {}


@pytest.mark.parametrize(
    "code",
    [
        'path.write_text("é")',
        "Path(name).read_text()",
        "open(name)",
        'open(name, "w")',
        'path.open("a")',
        "subprocess.run(command, text=True)",
    ],
)
def test_a_text_without_a_named_encoding_is_seen(code):
    assert unnamed(code) == [ast.unparse(ast.parse(code))]


@pytest.mark.parametrize(
    "code",
    [
        'path.write_text("é", encoding="utf-8")',
        'open(name, "rb")',
        'path.open("wb")',
        "tarfile.open(name)",
        'subprocess.run(command, encoding="utf-8")',
    ],
)
def test_a_named_encoding_or_bytes_are_fine(code):
    assert unnamed(code) == []

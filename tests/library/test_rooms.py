"""The house: which file may import which, and how long a file may be."""

import ast
import re
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pesim_lib

HOUSE = Path(pesim_lib.__file__).parent
# The checkout, though the library that is tested may be installed elsewhere.
SOURCES = Path(__file__).parents[2]
FLOORS = ("_sealed", "_checks", "solvers", "paper", "data", "beyond", "figures", "display")
FILES = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts): path
    for path in sorted(HOUSE.rglob("*.py"))
    if path.name != "__init__.py"
}


def imported(path):
    """The library's files, and names in them, that the file at `path` imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pesim_lib"):
            module = node.module.removeprefix("pesim_lib").removeprefix(".")
            for alias in node.names:
                whole = f"{module}.{alias.name}".lstrip(".")
                yield whole if whole in FILES else module
        if isinstance(node, ast.Import):
            yield from (a.name[10:] for a in node.names if a.name.startswith("pesim_lib."))


def floor(name):
    return FLOORS.index(name.split(".")[0])


@pytest.mark.parametrize("name", FILES)
def test_a_file_imports_files_of_its_own_floor_and_of_lower_ones_alone(name):
    # display knows nothing of games but the arithmetic of (6) and (7).
    for other in imported(FILES[name]):
        assert other in FILES, f"{name} imports {other}: import the file that defines it"
        assert floor(other) <= floor(name), f"{name} imports {other}"


def test_no_two_files_import_each_other_round_a_circle():
    graph = {name: set(imported(path)) for name, path in FILES.items()}
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_file_has_more_than_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_no_public_name_hides_a_module():
    for path in [*FILES.values(), *(HOUSE / floor for floor in FLOORS)]:
        package = ".".join(path.parent.relative_to(HOUSE.parent).parts)
        module = __import__(package, fromlist=[path.stem])
        value = getattr(module, path.stem, None)
        assert value is None or type(value).__name__ == "module", f"{package}.{path.stem}"


def calls(tree, *names):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in names:
                yield ast.unparse(node)


def test_at_most_five_questions_are_asked_about_the_kind_of_risk_decay_or_matrix():
    """Objects answer for themselves; what is asked of plain Python values does not count."""
    plain = r"Iterable|slice|bool|int|float|str|Mapping|np\.integer|Real"
    asked = [
        call
        for name, path in FILES.items()
        if name.split(".")[0] in ("solvers", "paper", "beyond", "figures")
        for call in calls(ast.parse(path.read_text(encoding="utf-8")), "isinstance", "issparse")
        if not re.fullmatch(rf"isinstance\(\w+, \(?({plain})([ ,|]+({plain}))*\)?\)", call)
    ]
    assert len(asked) <= 5, asked


@pytest.mark.parametrize("name", FILES)
def test_no_function_takes_more_than_eight_arguments(name):
    for node in ast.walk(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            assert len([a for a in taken if a.arg != "self"]) <= 8, node.name


def test_the_readme_gives_every_name_at_the_top_its_reason():
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=SOURCES, capture_output=True, encoding="utf-8")
    if listed.returncode:
        pytest.skip("the sources are no git repository")
    names = {name.split("/")[0] for name in listed.stdout.split()}
    layout = (SOURCES / "README.md").read_text(encoding="utf-8").split("## Layout")[1]
    given = set(re.findall(r"`([^`/]+)/?`", layout.split("\n## ")[0]))
    assert {name for name in names if not name.startswith(".")} <= given

"""SOLUTIONS=no makes the edition without solutions, in _build/without-solutions.
PORT=8001 serves the site, or the live game, on another port; NEW=yes begins a new lesson there.
COURSE=FOLDER is where a course is graded, FROM what was handed in, SEED the numbers of a variant.
PYODIDE_DIST=FOLDER has the Python that browsers run, whole; without it `lite` asks its public host.
"""

# doit runs these: it orders tasks, runs each once, works on every system, needs no shell, and is
# installed anyway (JupyterLite is built with it). A new task is one function more; what gates
# every change is named in `task_test`.

import os
import shutil
import sys
import tomllib
from functools import partial
from pathlib import Path

from doit import get_var
from doit.exceptions import TaskFailed
from doit.tools import Interactive

ROOT = Path(__file__).resolve().parents[1]
BUILD, SITE = ROOT / "_build", ROOT / "_build/html"
EDITION = BUILD / "without-solutions"
# The lecturer's copy alone has what is printed for the classroom experiment, and what runs it.
PLAYED = ["cards"] if (ROOT / "course/experiment").exists() else []
LIVE = ROOT / "course/live"
COURSE = get_var("COURSE", str(BUILD / "problem-set"))
PINS, LOCK = "requirements.txt", ("-o", "requirements.lock")
CURRENT = ROOT / ".ci/current-sphinx"
PICTURE = "web/static/underinvestment.png"
NOTEBOOKS = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("chapters/*.ipynb", "course/*.ipynb", "course/slides/*.ipynb")
    for path in ROOT.glob(pattern)
)
# tests/book/test_lite.py compares these with what Pyodide ships.
RUNTIME = ("numpy==2.4.6", "scipy==1.18.0", "matplotlib==3.10.8")
# What the library's tests need beside the library and its pictures.
TESTS = ("pytest<9.2", "pytest-xdist", "hypothesis", "quantecon", "sympy", "joblib", "tqdm")
NEEDS_PYTHON = (
    "The live game runs on Python 3.11 to {0}, and above is why there is none: install Python {0}, "
    "where it is found by this name or by uv, and type the same again."
)
TEXT_FONTS = ("fontpkg-source-sans-3==3.52", "fontpkg-source-code-pro==1.26")
SERIF = "@fontsource/stix-two-text@5.3.0"
PARALLEL = ("-q", "-n", "logical", "--maxprocesses", "4", "--dist", "loadgroup")

BUILD.mkdir(exist_ok=True)
DOIT_CONFIG = {"default_tasks": [], "dep_file": str(BUILD / ".doit"), "verbosity": 2}
SOLUTIONS = get_var("SOLUTIONS", "yes")
if dist := get_var("PYODIDE_DIST"):
    # For programs that begin elsewhere.
    os.environ["PYODIDE_DIST"] = str(Path(dist).expanduser().resolve())
if SOLUTIONS not in ("yes", "no"):
    sys.exit(f"SOLUTIONS: got {SOLUTIONS}; allowed: yes, no")


def run(*command, **variables):
    """An action: run a program with these variables of its environment."""
    words = [str(word) for word in command]
    return Interactive(words, shell=False, cwd=ROOT, env={**os.environ, **variables})


def python(*command, **variables):
    return run(sys.executable, *command, **variables)


def module(*command, **variables):
    return python("-m", *command, **variables)


def script(name, *arguments):
    """A program that lies beside this Python, and is no module."""
    return run(Path(sys.executable).with_name(name), *arguments)


def task(name, *actions, after=()):
    return {"basename": name, "actions": list(actions), "task_dep": list(after)}


def edition(name, *actions, after=()):
    """A task that, without solutions, is done in a copy of the sources that holds none."""
    if SOLUTIONS == "yes":
        return task(name, *actions, after=after)
    there = ("doit", "-f", EDITION / "tasks/dodo.py", "-d", EDITION, name, "SOLUTIONS=yes")
    return task(name, python("web/build/without_solutions.py", EDITION), module(*there))


def environment(name, version=None):
    """Actions that make another environment than .venv, and a function that runs in its Python."""
    folder = BUILD / name
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    make = ("venv", "-q", "--seed", "--clear", "--python", version or sys.executable, folder)
    return [module("pip", "install", "-q", "uv"), module("uv", *make)], partial(run, interpreter)


def task_book():
    """execute the chapters, build the site"""
    build = script("jupyter-book", "build", ".", "-W", "-n", "--keep-going")
    return edition("book", build, partial(print, f"The book: {SITE / 'index.html'}"))


def task_serve():
    """show the site on this machine alone, at http://127.0.0.1:8000"""
    needs = () if (SITE / "index.html").exists() else ["book"]
    port = get_var("PORT", "8000")
    return edition("serve", python("web/build/site_server.py", port), after=needs)


def task_pdf():
    """print the whole book into one PDF, linked from its first page"""
    return edition("pdf", python("web/build/print_book.py"), after=["book"])


def task_epub():
    """write the book as an EPUB, linked from its first page"""
    builder = ("--builder", "custom", "--custom-builder", "epub")
    build = script("jupyter-book", "build", ".", "-W", "-n", "--keep-going", *builder)
    put = python("web/build/whole_book.py", BUILD / "epub/pesim-companion.epub")
    return edition("epub", build, put, after=["book"])


def task_lite():
    """let readers run the chapters in their browser, linked from each chapter"""
    return edition("lite", python("web/build/run_in_browser.py"), after=["book"])


def task_problem_set():
    """make the problem set's student and instructor editions"""
    return edition("problem-set", python("course/problem-set/editions.py"), after=["book"])


def task_slides():
    """build the course's slides, and print them as PDFs, with the speaker's notes too"""
    decks = ("course/slides", "_build/html/course/slides")
    build = module("sphinx", "-q", "-W", "-b", "revealjs", "-d", "_build/.slides", *decks)
    paper = python("web/build/print_slides.py"), python("course/slides/handout.py")
    return edition("slides", build, *paper, after=["book"])


def task_questions():
    """write the quick questions for learning platforms, in GIFT and QTI"""
    return edition("questions", python("course/question_bank.py"), after=["book"])


def task_variant():
    """give a course its own numbers: SEED=2027 COURSE=~/security-course"""
    seed = get_var("SEED", "")
    return task("variant", python("course/problem-set/variants.py", seed, "--course", COURSE))


def task_grade():
    """grade a class: FROM=submissions.zip COURSE=~/security-course"""
    given = (*paths_in(get_var("FROM", "")), "--course", COURSE, "--jobs", os.cpu_count())
    return task("grade", python("course/problem-set/grade.py", *given))


def paths_in(text):
    """The paths that blanks part; of those that exist the longest, as a name may hold blanks."""
    words, paths = text.split(" "), []
    while words:
        ends = (end for end in range(len(words), 0, -1) if path_of(words[:end]).exists())
        end = next(ends, len(words))
        if any(words[:end]):
            paths.append(path_of(words[:end]))
        words = words[end:]
    return paths


def path_of(words):
    return Path(" ".join(words)).expanduser()


def task_formgrader():
    """open the page on which a person grades arguments: COURSE=~/security-course"""
    return task("formgrader", python("course/problem-set/formgrader.py", "--course", COURSE))


def task_class():
    """grade a simulated class of sixty (some minutes)"""
    return task("class", module("pytest", "-q", "tests/course/class_of_sixty.py"))


def task_kills():
    """kill builds of a small book at ten random moments; the next must make the same site"""
    return task("kills", module("pytest", "-q", "-rP", "tests/book/random_kills.py"))


def task_cards():
    """print the classroom experiment's cards and sheets as PDFs"""
    return edition("cards", python("course/experiment/print_cards.py"), after=["book"])


def live_environment(name, *requirements):
    """Actions that make oTree's environment, apart from .venv, when what it needs has changed."""
    # The newest Python that oTree 6.0.15 was seen to run on.
    version = "3.13" if sys.version_info >= (3, 14) else None
    make, there = environment(name, version)
    if version:
        make[-1] = (explained, [make[-1], NEEDS_PYTHON.format(version)])
    files = [LIVE / requirement for requirement in requirements]
    wanted = "".join(file.read_text(encoding="utf-8") for file in files)
    stamp = BUILD / name / "installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return [], there
    install = there("-m", "pip", "install", "-q", "-r", files[-1])
    return [*make, install, (write, [stamp, wanted])], there


def explained(action, why):
    """Do the action; where it fails, say why it is needed."""
    return TaskFailed(why) if action.execute() else None


def write(path, text):
    path.write_text(text, encoding="utf-8")


def task_live():
    """play the experiment on phones: starts its server, prints the address and a QR code"""
    if not LIVE.exists():
        return None
    make, there = live_environment("live", "requirements.txt")
    new = ["--new"] if get_var("NEW") == "yes" else []
    serve = there("course/live/serve.py", "--port", get_var("PORT", "8000"), *new)
    return task("live", *make, serve)


def task_live_test():
    """check the live game in its own environment: whole classes, refusals, crashes, phones"""
    if not LIVE.exists():
        return None
    make, there = live_environment("live-test", "requirements.txt", "requirements-test.txt")
    return task("live-test", *make, there("-m", "pytest", *PARALLEL, "tests/live"))


def task_site():
    """everything that is published: book, pdf, epub, lite, problem-set, slides, questions, cards"""
    parts = ["book", "pdf", "epub", "lite", "problem-set", "slides", "questions", *PLAYED]
    return edition("site", after=parts)


def task_release():
    """write what a release carries, for the version of pesim_lib, from the built site"""
    tag = os.environ.get("TAG", "").split()
    return task("release", python("web/build/release.py", *tag))


def task_links():
    """check that links to other hosts lead somewhere"""
    check = ("build", ".", "--builder", "linkcheck", "--keep-going")
    return task("links", script("jupyter-book", *check))


def task_colab():
    """write copies of the chapters for Google Colab, which install pesim_lib"""
    return edition("colab", python("web/build/colab.py"))


def task_lab():
    """open the chapters in JupyterLab, with live sliders"""
    return edition("lab", module("jupyterlab", "chapters"))


def task_test():
    """check the library, the notebooks, the site and the proofs: what gates every change"""
    return task("test", after=["lint", "test-notebooks", "test-code", "test-proofs"])


def task_test_notebooks():
    """execute the notebooks and compare every number with the stored one"""
    return task("test-notebooks", module(*compared(), PESIM_EXPLORE="stored"))


def task_processor_test():
    """compare the notebooks and check the library as an older processor rounds"""
    there = partial(python, "tests/older_processor.py", "-m")
    notebooks = there(*compared(), PESIM_EXPLORE="stored")
    return task("processor-test", notebooks, there("pytest", *PARALLEL, "tests/library"))


def compared():
    """The command that executes the notebooks and compares them with what they store."""
    sanitize = ("--nbval", "--nbval-sanitize-with", "tests/book/nbval-sanitize.cfg")
    # One kernel for the cells of a notebook.
    parallel = ("loadfile" if word == "loadgroup" else word for word in PARALLEL)
    return "pytest", *sanitize, *parallel, *NOTEBOOKS


def task_test_code():
    """build the site, then run all tests but those of Coq; nothing may be skipped"""
    check = module("pytest", "--complete", *PARALLEL, "--ignore=tests/formal")
    return task("test-code", check, after=["site"])


def task_proofs():
    """check the theorems with Coq, and that its (6) and (7) are the library's"""
    compare = module("pytest", "--complete", "-q", "tests/formal")
    return task("proofs", python("formal/check.py"), compare)


def task_firefox_test():
    """check in the machine's Firefox what readers need most; any missing browser fails"""
    # The newest Playwright that asks of Firefox 153, the long-supported one, nothing that it lacks.
    there = BUILD / "firefox"
    playwright = ("install", "-q", "--upgrade", "--target", there, "playwright==1.64.1")
    check = ("pytest", "--complete", "--firefox", "-q", "-m", "in_firefox_too", "tests/book")
    actions = module("pip", *playwright), module(*check, PYTHONPATH=str(there))
    return task("firefox-test", *actions, after=["book"])


def task_current_sphinx():
    """build the book from the same sources on the newest Sphinx, and check what readers need"""
    make, there = environment("current-sphinx/python")
    # jupyter-book 1 asks for an older Sphinx; pip is told not to.
    install = there("-m", "pip", "install", "-q", "--no-deps", "-r", CURRENT / "requirements.txt")
    ours = there("-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", ".")
    program = Path(there.args[0]).with_name("jupyter-book")
    # A folder of its own: what it executes is remembered apart from the book's.
    place = BUILD / "current-sphinx"
    build = run(program, "build", ".", "-W", "-n", "--keep-going", "--path-output", place)
    check = ("pytest", "--complete", "-q", "-m", "in_firefox_too", "tests/book")
    look = module(*check, PESIM_SITE=str(place / "_build/html"))
    return task("current-sphinx", *make, install, ours, build, look)


def task_test_proofs():
    """the same where Coq is installed; elsewhere, say that it was not done"""
    if shutil.which("coqc"):
        return task("test-proofs", after=["proofs"])
    return task("test-proofs", partial(print, "No proof was checked: `make proofs` needs Coq."))


def task_test_library():
    """run the library's tests alone"""
    return task("test-library", module("pytest", *PARALLEL, "tests/library"))


def task_coverage():
    """run the library's tests and say which branches none takes; fails below what pyproject asks"""
    return task("coverage", module("pytest", *PARALLEL, "tests/library", "--cov"))


def task_test_runtime():
    """check the library on the versions that run in the reader's browser"""
    # Pyodide's Python: older ones have no such packages.
    make, there = environment("runtime", "3.13")
    install = there("-m", "pip", "install", "-q", "--editable", ".[pictures]", *RUNTIME, *TESTS)
    return task("test-runtime", *make, install, there("-m", "pytest", *PARALLEL, "tests/library"))


def task_runtime_test():
    """run every chapter by Python in the browser, after lite; compare with what is stored"""
    check = ("pytest", "-q", "-rs", "tests/book/chapters_in_browser.py")
    # Not built here: a Pyodide of another version can be tried, and lite refuses it.
    return task("runtime-test", module(*check))


def task_test_lowest():
    """check wheel and sdist with the lowest versions that pyproject.toml allows"""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    actions = [module("pip", "install", "-q", "uv")]
    actions += [module("uv", "build", "-q", "--clear", "--out-dir", BUILD / "dist")]
    for kind, pattern in (("wheel", "*.whl"), ("sdist", "*.tar.gz")):
        make, there = environment(f"lowest-{kind}", oldest)
        actions += [*make, (install_lowest, [there.args[0], pattern])]
        actions += [there("-m", "pip", "install", "-q", *TESTS)]
        # Not the checkout's library: -P keeps the current folder off the path.
        actions += [there("-P", "-m", "pytest", *PARALLEL, "tests/library")]
    return task("test-lowest", *actions)


def install_lowest(interpreter, pattern):
    (file,) = (BUILD / "dist").glob(pattern)
    install = ("uv", "pip", "install", "-q", "--resolution", "lowest-direct")
    wanted = f"pesim-lib[pictures] @ {file.as_uri()}"
    return module(*install, "--python", interpreter, wanted).execute()


def task_notebooks():
    """execute the chapters and store clean outputs in them"""
    strip = ("nbstripout", "--keep-output", "--keep-id", "--extra-keys", "metadata.language_info")
    convert = ("nbconvert", "--to", "notebook", "--inplace", "--coalesce-streams")
    return task(
        "notebooks",
        module("jupyter", "execute", "--inplace", *NOTEBOOKS, PESIM_EXPLORE="stored"),
        module("jupyter", *convert, *NOTEBOOKS),
        module(*strip, *NOTEBOOKS),
    )


def task_picture():
    """draw the README's picture"""
    draw = (
        "from pathlib import Path; from pesim_lib import figures;"
        "from pesim_lib.display.drawing import png;"
        f"Path('{PICTURE}').write_bytes(png(figures.underinvestment(), dpi=120))"
    )
    return task("picture", python("-c", draw))


def task_font():
    """cut the fonts of formulas, text and code out of the whole ones (needs npm)"""
    # Only here: the book has the results.
    install = ("pip", "install", "-q", "ziamath==0.13", "brotli==1.2.1", *TEXT_FONTS)
    unpack = run("npm", "install", "--silent", "--no-save", "--prefix", BUILD / "fonts", SERIF)
    serif = BUILD / "fonts/node_modules/@fontsource/stix-two-text"
    make = python("web/build/mathematics_font.py"), python("web/build/text_fonts.py", serif)
    return task("font", module(*install), unpack, *make)


def task_measure():
    """say how large and how fast the built site is"""
    return task("measure", python("benchmarks/page_speed.py"), after=["book"])


def task_study():
    """go on with the table behind the chapter on structure; without chapters/study.csv, afresh"""
    return task("study", python("benchmarks/structure_study.py"))


def task_benchmark():
    """compare solvers side by side, for the same chapter (half an hour)"""
    # The solvers compared are installed here only: no reader needs them.
    install = ("pip", "install", "-q", "-c", "requirements.txt", "-e", ".[benchmark]")
    return task("benchmark", module(*install), python("benchmarks/solver_times.py"))


def task_internet():
    """go on with the tables behind the chapter on the Internet (an hour)"""
    return task("internet", python("benchmarks/internet_study.py"))


def task_internet_again():
    """compute the tables of the Internet in _build/internet, and compare them with those stored"""
    again = ("--folder", BUILD / "internet", "--compare")
    return task("internet-again", python("benchmarks/internet_study.py", *again))


def task_rates():
    """count the rounds of the message exchange, for its chapter (a minute or two)"""
    return task("rates", python("benchmarks/exchange_rounds.py"))


def task_attack():
    """attack what the library certifies with hard games, for five minutes"""
    return task("attack", python("tests/library/attack.py"))


def task_stability():
    """search for curvatures that make play of the message exchange unstable (a minute)"""
    return task("stability", python("benchmarks/play_stability.py"))


def task_replies():
    """count games in which best replies settle, or cycle (two minutes)"""
    return task("replies", python("benchmarks/best_reply_search.py"))


def task_lint():
    """check style, types, and the workflows"""
    return task(
        "lint",
        module("ruff", "check", "."),
        module("ruff", "format", "--check", "."),
        module("mypy"),
        script("zizmor", "--offline", "--quiet", ".github"),
    )


def task_lock():
    """renew the pins from pyproject.toml, the same with hashes, and those of current-sphinx"""
    how = ("--universal", "--python-version", "3.11", "--custom-compile-command", "make lock")
    extras = ("--extra", "book", "--extra", "test", "--no-annotate")
    less = ("--no-emit-package", "pesim-lib")
    compiled = module("uv", "pip", "compile", "pyproject.toml", *extras, *how, *less, "-o", PINS)
    hashed = module("uv", "pip", "compile", PINS, *how, "--no-annotate", "--generate-hashes", *LOCK)
    newer = ("--override", CURRENT / "overrides.txt", "-o", CURRENT / "requirements.txt")
    book = ("--extra", "book", "--no-annotate")
    current = module("uv", "pip", "compile", "pyproject.toml", *book, *how, *less, *newer)
    return task("lock", module("pip", "install", "-q", "uv"), compiled, hashed, current)

"""Course texts: timings add up, what they tell a teacher to show is what the figures show."""

import ast
import json
import re

import numpy as np
import pytest
import yaml
from print_book import MARGIN, UNFOLD
from printed_sheets import sheet_texts
from site_files import ROOT, on_disk
from sliders import slider_grids

from pesim_lib import (
    CustomRisk,
    SecurityGame,
    equilibrium_messages,
    nash_equilibrium,
    participation,
    social_optimum,
)
from pesim_lib import figures as figure_functions
from pesim_lib.paper.examples import ring_game, total_effort_game, two_user_game
from pesim_lib.paper.individual_rationality import loner_gain
from pesim_lib.paper.pesim import lindahl_prices, tax_terms

COURSE = ROOT / "course"
TEXTS = [
    "module",
    "session-1",
    "session-2",
    "session-3",
    "workshop",
    "experiment",
    "live",
    "solo",
    "summary",
    "glossary",
    "reading",
    "projects",
]
SESSIONS = {
    "session-1": 90,
    "session-2": 90,
    "session-3": 90,
    "workshop": 210,
    "experiment": 75,
    "live": 50,
}


def text_of(name):
    return (COURSE / f"{name}.md").read_text(encoding="utf-8")


# Plans

# Start, end, length and, if there is a column of them, the first and the last slide.
PLAN = re.compile(r"^\| (\d+)–(\d+) \| (\d+) \|(?: (\d+)(?:–(\d+))? \|)?", re.MULTILINE)
NOTES = re.compile(r"^:::\{revealjs-notes\}\nMinutes (\d+)–(\d+)\. ", re.MULTILINE)
DECKS = ["session-1", "session-2", "session-3"]


@pytest.mark.parametrize(("name", "total"), SESSIONS.items(), ids=list(SESSIONS))
def test_activities_follow_each_other_and_fill_the_time(name, total):
    plan = np.array(PLAN.findall(text_of(name)))[:, :3].astype(int)
    starts, ends, lengths = plan.T
    assert starts[0] == 0
    assert ends[-1] == total == lengths.sum()
    assert (starts[1:] == ends[:-1]).all()
    assert (ends - starts == lengths).all()


@pytest.mark.parametrize("name", [*DECKS, "live"])
def test_every_activity_takes_the_minutes_of_its_slides(name):
    slides = markdown_of(f"course/slides/{name}")
    minutes = [tuple(map(int, pair)) for pair in NOTES.findall(slides)]
    assert len(minutes) == slides.count("{revealjs-notes}")
    ends = [0]
    for start, end, _, first, last in PLAN.findall(text_of(name)):
        shown = minutes[int(first) - 1 : int(last or first)]
        assert len(ends) == int(first)
        for begins, stops in shown:
            assert ends[-1] == begins < stops
            ends.append(stops)
        assert (shown[0][0], shown[-1][1]) == (int(start), int(end))
    assert len(ends) == len(minutes) + 1


def markdown_of(notebook):
    """The text cells of a notebook."""
    cells = json.loads((ROOT / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def test_the_module_states_the_minutes_of_its_sessions():
    for name in ("session-1", "session-2", "session-3", "experiment"):
        row = next(line for line in text_of("module").splitlines() if f"]({name})" in line)
        assert f"| {SESSIONS[name]} min |" in row
    (row,) = re.findall(r"^\|.*\]\(experiment\).*$", text_of("workshop"), re.MULTILINE)
    assert f"| {SESSIONS['experiment']} |" in row


def test_the_work_outside_class_adds_up_to_the_marks_of_chapters_and_exercises():
    module, texts = text_of("module"), {}
    names = ("model", "price-of-anarchy", "pesim", "individual-rationality")
    for name in names:
        texts[name] = markdown_of(f"chapters/{name}")
    marks = {n: int(re.search(r"\*\*Time:\*\* (\d+) min", t)[1]) for n, t in texts.items()}
    exercises = {
        label: int(minutes)
        for text in texts.values()
        for minutes, label in re.findall(r"\{exercise\}.*, (\d+) min\)\n:label: (\S+)", text)
    }
    rows = {
        when: (what, int(minutes))
        for when, what, minutes in re.findall(
            r"^\| (Before|Between|After) \| (.*?) \| (\d+) min", module, re.MULTILINE
        )
    }
    parts = {
        "Before": [10, marks["model"]],
        "Between": [marks["price-of-anarchy"], 10],
        "After": [marks["pesim"] - 10, marks["individual-rationality"]],
    }
    for when, (what, minutes) in rows.items():
        named = [exercises[label] for label in re.findall(r"\{ref\}`(ex-\S+)`", what)]
        assert minutes == sum(parts[when]) + sum(named), when
    assert "Eight questions, ten minutes." in module
    total = sum(minutes for _, minutes in rows.values())
    assert f"{total / 60:g} hours of reading and exercises" in module
    assert f"Homework\n\nFor next time, {rows['Between'][1]} minutes" in text_of("session-1")
    problems = re.findall(r"\| (\d+) min \|$", text_of("problem-set"), re.MULTILINE)
    assert sum(map(int, problems)) == 330
    assert module.count("5½ h") == 2


def test_the_entry_to_cite_is_that_of_the_citation_file():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    landing = (ROOT / "index.md").read_text(encoding="utf-8")
    (entry,) = re.findall(r"```bibtex\n(@software.*?)```", landing, re.DOTALL)
    (author,) = cited["authors"]
    year = cited["preferred-citation"]["year"]
    for field in (author["name"], cited["title"], str(year), cited["version"]):
        assert f"{{{field}}}" in entry


# Sliders


def readings(name):
    """Every (figure name, settings) that a page reads out: its cells, run with our own `read`."""
    cells = re.findall(r"```\{code-cell\}[^\n]*\n---.*?---\n(.*?)```", text_of(name), re.DOTALL)
    shown = []

    def read(figure, **settings):
        shown.append((figure.__name__, settings))

    for cell in cells:
        body = [node for node in ast.parse(cell).body if not isinstance(node, ast.FunctionDef)]
        code = compile(ast.Module(body, type_ignores=[]), f"{name}.md", "exec")
        exec(code, {"read": read, "figures": figure_functions})
    return shown


@pytest.mark.parametrize("name", DECKS)
def test_a_teacher_can_set_the_sliders_as_told(name):
    grids, shown = slider_grids(), readings(name)
    assert len(shown) >= 8
    for figure, settings in shown:
        assert any(
            settings.keys() == grid.keys() and all(settings[key] in grid[key] for key in settings)
            for grid in grids[figure]
        ), f"{figure}: no slider reaches {settings}"


@pytest.mark.parametrize("name", DECKS)
def test_the_page_prints_what_the_figures_read(name):
    printed = " ".join(
        " ".join(block.text.split()) for block in on_disk(f"course/{name}").select("pre")
    )
    for figure, settings in readings(name):
        assert getattr(figure_functions, figure)(**settings).get_label() in printed


# What the notes say that one sees


def test_user_1_ignores_the_room_and_society_does_not():
    games = [total_effort_game(n, 0.5) for n in (2, 10, 50)]
    alone = [nash_equilibrium(game).x[0] for game in games]
    wanted = [social_optimum(game).x[0] for game in games]
    assert np.ptp(alone) < 1e-9
    assert (np.diff(wanted) > 0.5).all()


@pytest.mark.parametrize(("weight", "nash", "optimum"), [(0.5, True, True), (0.8, False, False)])
def test_user_2_does_less_at_the_optimum_or_nothing_either_way(weight, nash, optimum):
    game = two_user_game(0.3, 0.4, weight)
    selfish, best = nash_equilibrium(game).x[1], social_optimum(game).x[1]
    assert (selfish > 0, best > 0) == (nash, optimum)
    assert best < selfish or best == selfish == 0


def test_without_an_externality_equilibrium_and_optimum_coincide():
    game = two_user_game(0.3, 0.4, weight=0)
    np.testing.assert_allclose(nash_equilibrium(game).x, social_optimum(game).x, atol=1e-9)


def test_on_the_ring_of_six_the_neighbours_of_user_1_do_nothing_either_way():
    game = ring_game(6, 0.2, 0.3)
    for solution in (nash_equilibrium(game), social_optimum(game)):
        assert solution.x[[1, 5]].max() == 0


def test_beside_dear_neighbours_two_users_should_do_less_and_one_should_start():
    for c2, fewer in ((0.3, False), (0.5, True)):
        game = ring_game(6, 0.2, c2)
        selfish, best = nash_equilibrium(game).x, social_optimum(game).x
        assert (best < selfish - 0.1).tolist() == [False, False, fewer, False, fewer, False]
        assert selfish[3] == 0 < best[3]
        assert max(selfish[[1, 5]].max(), best[[1, 5]].max()) == 0
        assert best.sum() > selfish.sum()


def test_the_weakest_link_breaks_assumption_1_and_the_best_effort_convexity_too():
    random = np.random.default_rng(3)
    x, y = random.exponential(size=(2, 1000, 4))
    middle = (x + y) / 2
    weakest = [np.exp(-z.min(axis=1)) for z in (x, y, middle)]
    assert (weakest[2] <= (weakest[0] + weakest[1]) / 2 + 1e-12).all()
    more = x + np.eye(4)[x.argmax(axis=1)]
    assert (more.min(axis=1) == x.min(axis=1)).all()
    best = [np.exp(-max(z)) for z in ((2, 0), (0, 2), (1, 1))]
    assert best[2] > best[0] == best[1]


def test_user_5_receives_user_1_s_penalty_and_pays_user_4_a_larger_one():
    agreed = equilibrium_messages(total_effort_game(5, 0.5))
    for proposal in (3, 0):
        proposals = agreed.proposals.copy()
        proposals[0, 0] = proposal
        _, own, received = tax_terms(agreed.prices, proposals)
        assert own[4] > own[0] > 0
        assert agreed.prices[4, 0] > agreed.prices[0, 0]
        assert np.allclose(own[1:4], 0)
        assert np.allclose(received, [0, 0, 0, -own[4], -own[0]])


def test_after_taxes_users_1_and_2_bear_the_same():
    game = total_effort_game(5, 0.5)
    prices = lindahl_prices(game)
    for s in (0, 0.7, 2.3, 4):
        x = s * np.eye(5)[0]
        assert np.allclose((game.costs(x) + prices @ x)[:2], np.exp(-s) + 0.1 * s)


def test_the_shorter_bar_is_the_loner_s_among_ten_and_the_member_s_among_three():
    ten = participation(total_effort_game(10, 0.5, 0.55))
    three = participation(total_effort_game(3, 2, 5.5))
    assert (abs(ten.outside) < abs(ten.inside)).all()
    assert (abs(three.inside) < abs(three.outside)).all()
    assert (three.exit_x == 0).all()
    assert np.allclose(three.outside, -1)


def test_whoever_complains_works_less_and_bears_less():
    true = total_effort_game(3, 0.5, 0.55)
    said = SecurityGame(true.risk, [0.58, 0.55, 0.6])
    ordered = [social_optimum(game).x for game in (true, said)]
    assert ordered[1][0] == 0 < ordered[1][1]
    assert true.costs(ordered[1])[0] < true.costs(ordered[0])[0]


def test_a_dearer_user_1_pays_where_a_cheap_one_is_paid():
    taxes = [
        (lindahl_prices(game) @ social_optimum(game).x)[0]
        for game in (ring_game(6, 0.2, 0.3), ring_game(6, 0.5, 0.3))
    ]
    assert taxes[0] < 0 < taxes[1]


def test_who_joins_as_the_notes_say():
    ten = total_effort_game(10, 0.5, 0.55)
    assert (participation(ten).inside > ten.utilities(nash_equilibrium(ten).x)).all()
    assert (participation(ten).gain < 0).all()
    assert (participation(total_effort_game(3, 2, 5.5)).gain > 0).all()
    assert loner_gain(10, 0.5, 0.55) < 0 < loner_gain(10, 0.5, 2.2)
    assert loner_gain(50, 0.5, 2.2) < 0 < loner_gain(50, 0.5, 5.5)


def test_the_summary_says_exactly_when_user_1_leaves():
    random = np.random.default_rng(7)
    n = random.integers(3, 40, 3000)
    c1, c2 = np.sort(np.exp(random.uniform(-3, 3, (2, 3000))), axis=0)
    told = (c1 <= n) & (c2 <= n - 1) & (c2 / (n - 1) < c1)
    leaves = c2 / (n - 1) < c1 / n * (1 + np.log(n / c1))
    gain = np.array([loner_gain(*game) for game in zip(n, c1, c2, strict=True)])
    assert 0 < leaves[told].sum() < told.sum()
    assert ((gain < 0) == leaves)[told].all()


# Questions, terms, sources, projects


def test_every_quick_question_has_one_right_answer_and_explains_each():
    questions = text_of("module").split("::::{admonition} Quick question")[1:]
    assert len(questions) == 8
    for question in questions:
        assert question.count(":class-container: right") == 1
        assert question.count(":class-container: wrong") >= 2
        answers = re.findall(r":::\{dropdown\} .+\n:class-container: \w+\n(.+)\n:::", question)
        assert len(answers) == question.count("{dropdown}")
    places = [
        re.findall("container: (right|wrong)", question).index("right") for question in questions
    ]
    assert max(places.count(place) for place in range(3)) <= 3


def test_glossary_is_in_order_and_every_term_that_is_used_is_in_it():
    terms = [
        term.get_text().rstrip("#").strip() for term in on_disk("course/glossary").select("dt")
    ]
    assert len(terms) >= 35
    assert terms == sorted(terms, key=str.lower)
    used = {
        (target or plain)
        for name in TEXTS
        for plain, target in re.findall(r"\{term\}`([^<`]+?)(?: <([^>]+)>)?`", text_of(name))
    }
    assert used
    assert used <= set(terms)


def test_every_entry_of_the_reading_list_names_its_source_and_why():
    entries = re.findall(r"^- (.+)$", text_of("reading"), re.MULTILINE)
    assert len(entries) >= 15
    for entry in entries:
        assert entry.startswith("{cite:t}")
        assert len(entry) > 100
    assert len(on_disk("course/reading").select("a.reference[href*='references.html#']")) >= 15


PROJECTS = re.split(r"^## ", text_of("projects"), flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.split(".")[0])
def test_project_is_complete_and_its_code_runs(project, capsys):
    assert "★" in project.splitlines()[0]
    for part in ("**Question.**", "**Time.**", "**A good answer**"):
        assert part in project
    (code,) = re.findall(r"```python\n(.*?)```", project, re.DOTALL)
    exec(code, {})
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) >= 2
    assert "nan" not in printed


def test_the_smooth_weakest_link_is_convex_for_positive_p_and_not_for_negative():
    (code,) = re.findall(r"(def weakest_link.*?)\n\n\nfor", text_of("projects"), re.DOTALL)
    unchecked = {"np": np, "CustomRisk": lambda users, value, jacobian: value}
    checked = {"np": np, "CustomRisk": CustomRisk}
    for space in (unchecked, checked):
        exec(code, space)
    x, y = np.random.default_rng(5).exponential(size=(2, 200, 3))
    for p in (0.2, 0.5, 1, 2, 8):
        value = unchecked["weakest_link"](3, p)
        for a, b in zip(x, y, strict=True):
            assert 2 * value((a + b) / 2)[0] <= value(a)[0] + value(b)[0] + 1e-12
    for p in (-0.2, -1, -8):
        value = unchecked["weakest_link"](3, p)
        a, b = np.array([2, 0, 1]), np.array([0, 2, 1])
        assert 2 * value((a + b) / 2)[0] > value(a)[0] + value(b)[0]
        with pytest.raises(ValueError, match="A2"):
            checked["weakest_link"](3, p)
    assert unchecked["weakest_link"](3, 100)(a)[0] == pytest.approx(np.exp(-a.min()), rel=0.02)
    assert unchecked["weakest_link"](3, -100)(a)[0] == pytest.approx(np.exp(-a.max()), rel=0.02)


# Paper


def test_summary_prints_on_one_sheet(open_page):
    page = open_page("course/summary.html")
    page.evaluate(UNFOLD)
    printed = page.pdf(format="A4", margin=MARGIN, print_background=True)
    (text,) = sheet_texts(printed)
    assert "The game." in text
    assert "What it is not." in text


# A link for a JupyterHub


def fill(page, hub, repository, branch="main"):
    page.get_by_label("Address of the hub").fill(hub)
    page.get_by_label("Address of the repository").fill(repository)
    page.get_by_label("Branch").fill(branch)
    return page.locator(".hub-link [role=status]")


@pytest.mark.parametrize(
    ("hub", "repository", "branch", "link"),
    [
        (
            "https://hub.example.edu",
            "https://git.example.edu/you/companion/",
            "main",
            "https://hub.example.edu/hub/user-redirect/git-pull"
            "?repo=https%3A%2F%2Fgit.example.edu%2Fyou%2Fcompanion&branch=main"
            "&urlpath=lab%2Ftree%2Fcompanion%2Fchapters%2Fmodel.ipynb",
        ),
        (
            "https://example.edu/jupyter/",
            "https://git.example.edu/you/pesim.git",
            "week 3/a&b",
            "https://example.edu/jupyter/hub/user-redirect/git-pull"
            "?repo=https%3A%2F%2Fgit.example.edu%2Fyou%2Fpesim.git&branch=week%203%2Fa%26b"
            "&urlpath=lab%2Ftree%2Fpesim.git%2Fchapters%2Fmodel.ipynb",
        ),
    ],
    ids=["plain", "prefix-and-escapes"],
)
def test_hub_form_writes_the_link_of_nbgitpuller(open_page, hub, repository, branch, link):
    page = open_page("course/module.html")
    answer = fill(page, hub, repository, branch)
    assert answer.locator("a").get_attribute("href") == link
    assert link in answer.inner_text()


@pytest.mark.parametrize(
    ("hub", "repository", "said"),
    [
        ("hub.example.edu", "https://git.example.edu/you/companion", "Address of the hub: allowed"),
        ("javascript:alert(1)", "", "Address of the hub: allowed"),
        ("https://hub.example.edu", "https://git.example.edu/", "name is missing"),
        ("https://hub.example.edu?a=b", "", "without ? and #"),
        ("https://hub.example.edu", "", "Fill in both addresses"),
    ],
    ids=["no-scheme", "script", "no-name", "query", "empty"],
)
def test_hub_form_says_what_is_wrong_and_offers_no_link(open_page, hub, repository, said):
    answer = fill(open_page("course/module.html"), hub, repository)
    assert said in answer.inner_text()
    assert answer.locator("a").count() == 0


def test_hub_form_works_with_the_keyboard_on_a_phone(open_page):
    page = open_page("course/module.html", width=375, height=800, color_scheme="dark")
    page.get_by_label("Address of the hub").focus()
    page.keyboard.type("https://hub.example.edu")
    page.keyboard.press("Tab")
    page.keyboard.type("https://git.example.edu/you/companion")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.href").startswith("https://hub.example.edu/hub/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_without_scripts_the_pattern_stands_in_for_the_form(open_page):
    page = open_page("course/module.html", java_script_enabled=False)
    assert not page.locator(".hub-link").is_visible()
    assert page.get_by_text("HUB/hub/user-redirect/git-pull?repo=REPOSITORY").is_visible()

"""Quick questions and exercises: their form, the facts that answers state, feedback at once."""

import json
import re

import numpy as np
import pytest
from site_files import CHAPTERS, PAGES, ROOT

from pesim_lib import (
    Exponential,
    Messages,
    SecurityGame,
    TotalEffort,
    WeightedEffort,
    best_response,
    nash_equilibria,
    nash_equilibrium,
    outcome,
    participation,
    price_of_anarchy,
    social_optimum,
)
from pesim_lib.paper.examples import total_effort_game, two_user_game
from pesim_lib.paper.pesim import lindahl_prices, tax_terms

QUESTION = re.compile(r"^::::\{admonition\} Quick question\n(.*?)^::::$", re.DOTALL | re.MULTILINE)
ANSWER = re.compile(
    r"^:::\{dropdown\} (?P<text>[^\n]+)\n:class-container: (?P<verdict>right|wrong)\n"
    r"(?P<feedback>.+?)^:::$",
    re.DOTALL | re.MULTILINE,
)
EXERCISE = re.compile(r"\{exercise\}(.*)")
MARK = re.compile(r" [^()]+ \((easy|medium|hard), [1-9]\d* min\)")
# Pages to look things up in teach nothing.
TAUGHT = [
    page
    for page in CHAPTERS
    if page.startswith("chapters/") and not page.endswith(("/claims", "/errata"))
]


def text_of(page):
    """The MyST text of a page; of a notebook, its text cells."""
    notebook = ROOT / f"{page}.ipynb"
    if not notebook.exists():
        return (ROOT / f"{page}.md").read_text(encoding="utf-8")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


WITH_QUESTIONS = [page for page in PAGES if "Quick question" in text_of(page)]
WITH_EXERCISES = [page for page in PAGES if "{exercise}" in text_of(page)]


@pytest.mark.parametrize("page", WITH_QUESTIONS)
def test_a_question_has_one_right_answer_of_three_or_more_each_with_a_reason(page):
    text = text_of(page)
    questions = QUESTION.findall(text)
    assert len(questions) == text.count("} Quick question")
    stems = [question.split(":::{dropdown}")[0] for question in questions]
    assert len(set(stems)) == len(stems)
    for stem, question in zip(stems, questions, strict=True):
        options, asked = stem.split("\n\n", 1)
        assert options == ":class: question"
        assert len(asked.strip()) > 20
        answers = list(ANSWER.finditer(question))
        assert len(answers) == question.count("{dropdown}") >= 3
        assert [answer["verdict"] for answer in answers].count("right") == 1
        assert len({answer["text"] for answer in answers}) == len(answers)
        for answer in answers:
            # A control holds no link, and has a name outside mathematics.
            words = re.sub(r"\$.*?\$", "", answer["text"])
            assert re.search(r"\w", words)
            assert not re.search(r"\{\w|\]\(", words)
        assert all(len(answer["feedback"].strip()) > 20 for answer in answers)


def test_the_right_answer_stands_in_every_place_about_equally_often():
    places = [
        re.findall(":class-container: (right|wrong)", question).index("right")
        for page in WITH_QUESTIONS
        for question in QUESTION.findall(text_of(page))
    ]
    assert min(map(places.count, range(3))) >= len(places) / 4


@pytest.mark.parametrize("page", TAUGHT)
def test_a_chapter_asks_three_quick_questions_or_more(page):
    assert len(QUESTION.findall(text_of(page))) >= 3


@pytest.mark.parametrize("page", WITH_EXERCISES)
def test_an_exercise_says_how_hard_and_how_long_it_is(page):
    for title in EXERCISE.findall(text_of(page)):
        assert MARK.fullmatch(title), title


# What the answers state


def test_model():
    pair = two_user_game(c1=0.3, c2=0.4, weight=0.5)
    at_one, at_two = (best_response(pair, 0, [0, other]) for other in (1, 2))
    assert at_two > 0
    assert np.isclose(at_two - at_one, -0.5)
    for n in (5, 6):
        game = total_effort_game(n, 0.2)
        assert np.isclose(nash_equilibrium(game).x[0], np.log(1 / 0.2))
        assert np.isclose(social_optimum(game).x[0], np.log(n / 0.2))


def test_price_of_anarchy():
    dearer = [price_of_anarchy(total_effort_game(10, c1)).ratio for c1 in (1, 2, 3)]
    assert np.round(dearer, 2).tolist() == [3.03, 1.92, 1.51]
    assert price_of_anarchy(total_effort_game(10, 10)).ratio == pytest.approx(1)
    risk = total_effort_game(3, 0.5).risk
    before, after = (nash_equilibrium(SecurityGame(risk, [0.5, c2, 0.7])).x for c2 in (0.6, 0.4))
    assert np.allclose(before, [np.log(1 / 0.5), 0, 0])
    assert np.allclose(after, [0, np.log(1 / 0.4), 0])


def test_pesim():
    prices = np.array([[1.0, 0.2, 0.0], [0.5, 0.1, 0.3], [0.0, 0.6, 0.2]])
    proposals = np.array([[2, 0, 0], [2, 0, 0], [1, 1, 0]])
    doubled = prices * [[2], [1], [1]]
    change = (
        outcome(Messages(doubled, proposals)).taxes - outcome(Messages(prices, proposals)).taxes
    )
    assert change[0] == pytest.approx(0)
    assert change[2] == pytest.approx(-change[1])
    assert change[2] > 0
    game = total_effort_game(n=3, c1=0.3)
    x = social_optimum(game).x
    assert game.risks(x)[2] == pytest.approx(0.1)
    assert lindahl_prices(game)[2, 0] == pytest.approx(0.1)


def test_individual_rationality():
    for c1, works in [(0.05, True), (0.0612, False), (0.5, False)]:
        result = participation(total_effort_game(10, c1, 0.55))
        assert (result.exit_x[0, 0] > 0) == works
    assert round(0.55 / 9, 3) == 0.061
    game = total_effort_game(10, 0.5, 0.55)
    result = participation(game)
    assert (result.gain < 0).all()
    assert (result.inside > game.utilities(nash_equilibrium(game).x)).all()
    cheap = total_effort_game(3, 0.1, 0.25)
    assert (
        participation(cheap, "simultaneous").gain[0]
        > 0
        > participation(cheap, "sequential").gain[0]
    )


def test_generality():
    weights = np.array([[1, 0.1, 0.5], [0.6, 1, 0], [0.6, 0.2, 1]])
    game = SecurityGame(WeightedEffort(weights, Exponential(loss=2, rate=1.5)), [1, 1, 1])
    first_units = -game.risk_jacobian(np.zeros(3)).sum(axis=0)
    assert np.allclose(first_units, 3 * weights.sum(axis=0))

    costs = [0.3, 0.35, 0.4, 0.45, 0.5]
    paid = []
    for rate in (1, 4, 16):
        game = SecurityGame(TotalEffort(5, Exponential(1, [1, 1, 1, 1, rate])), costs)
        x = social_optimum(game).x
        assert x[4] == 0
        paid.append((lindahl_prices(game) @ x)[4])
    assert paid[0] > paid[1] > paid[2]
    assert paid[2] < 1e-9
    assert len(nash_equilibria(two_user_game(c1=0.4, c2=0.4, weight=2))) == 3


def test_proofs():
    random = np.random.default_rng(0)
    prices, proposals = random.random((2, 2)), random.normal(size=(2, 2))
    assert tax_terms(prices, proposals).sum() == pytest.approx(0)


# On the page


@pytest.mark.in_firefox_too
@pytest.mark.parametrize("way", ["click", "Enter"])
def test_an_answer_tells_at_once_whether_it_is_right(open_page, way):
    page = open_page("chapters/model.html")
    for verdict, word in [("wrong", "Not quite"), ("right", "Right")]:
        answer = page.locator(f".question details.{verdict}").first
        feedback = answer.locator(".sd-summary-content")
        assert not feedback.is_visible()
        summary = answer.locator("summary")
        summary.click() if way == "click" else summary.press("Enter")
        assert feedback.is_visible()
        shown = feedback.evaluate("(node) => getComputedStyle(node, '::before').content")
        assert word in shown


def test_printed_answers_are_unfolded(open_page):
    page = open_page("chapters/model.html")
    reason = page.locator(".question details.wrong .sd-summary-content").first
    visible = "(node) => node.checkVisibility({contentVisibilityAuto: true})"
    assert not reason.evaluate(visible)
    page.emulate_media(media="print")
    assert reason.evaluate(visible)

"""Answers to the problem set, right and wrong, and the notebooks that students make of them."""

import re

import nbformat
from editions import SOURCE

NOTEBOOK = nbformat.read(SOURCE / "problems.ipynb", 4)
SOLUTION = re.compile(r" *### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", re.DOTALL)


def marked(cell):
    return cell.metadata.get("nbgrader", {})


CELLS = {marked(cell)["grade_id"]: cell for cell in NOTEBOOK.cells if marked(cell)}
ANSWERS = {
    name: SOLUTION.sub(r"\1", cell.source)
    for name, cell in CELLS.items()
    if cell.cell_type == "code" and marked(cell)["solution"]
}
POINTS = {
    name: marked(cell)["points"]
    for name, cell in CELLS.items()
    if cell.cell_type == "code" and marked(cell)["grade"]
}
VISIBLE = {name: points for name, points in POINTS.items() if name.endswith("-visible")}

# A mistake in an answer, as old code and new, and a piece of the lesson that it must bring.
MISTAKES = [
    ("anarchy", {"np.log(society / costs[cheapest])": "nash"}, "saves all users, not one"),
    ("anarchy", {"np.argmax(losses / costs)": "np.argmin(costs)"}, "keenest user invests"),
    ("anarchy", {"np.argmin(costs)": "np.argmax(losses / costs)"}, "At the optimum the cheapest"),
    ("anarchy", {"log(society": "log(len(losses)"}, "the sum of all losses"),
    ("anarchy", {"= max(": "= min(", ", 0.0)": ", np.inf)"}, "Efforts cannot be negative"),
    ("peak", {"1 + n / c": "n / c"}, "own loss counts too"),
    ("peak", {"return c,": "return 1.0,", "1 + n / c": "(1 + n) / c"}, "Until L = c"),
    ("peak", {"1 + n / c": "1 + n"}, "rho falls as c rises"),
    ("prices", {"return benefits - ": "return -benefits + "}, "signs are turned round"),
    ("prices", {"- np.diag(benefits.sum(axis=0))": ""}, "The diagonal is missing"),
    ("prices", {"benefits - np": "benefits.T - np"}, "Rows and columns"),
    (
        "prices",
        {
            "np.fill_diagonal(benefits, 0)": "own = np.diag(np.diag(benefits))",
            "return benefits": "return benefits - own",
        },
        "not by itself",
    ),
    ("prices", {"[:, None] * weights": "[:, None] * (weights > 0)"}, "took the risk itself"),
    ("prices", {"-weights @ x": "-weights @ (0 * x)"}, "prices at x = 0"),
    ("regret", {"+ linear @ x": "+ l[user] @ x"}, "own effort's cost"),
    ("regret", {"return ": "return -(", " - lowest": " - lowest)"}, "cost now less"),
    ("regret", {"- lowest": "- loss"}, "no effort at all"),
    ("regret", {"return ": "return 0 * ", "+ linear @ x - lowest": ""}, "only if the prices"),
    ("price-messages", {"(i - 2) % n": "(i - 1) % n"}, "i + 1"),
    ("price-messages", {"1] - l[": "1] + l["}, "signs are turned round"),
    ("price-messages", {"profiles - profiles.min(axis=0)": "profiles"}, "must not be negative"),
    ("price-messages", {"min(axis=0)": "min()"}, "Each column can be shifted"),
    ("taxes", {"- penalties[after]": "+ penalties[after]"}, "its sign is minus"),
    ("taxes", {"+ penalties - ": "- penalties + "}, "pays its own penalty"),
    ("taxes", {"return paid": "return -paid"}, "less that of user i + 2"),
    ("taxes", {" - penalties[after]": ""}, "neighbour's penalty, is missing"),
    ("taxes", {" + penalties - penalties[after]": ""}, "Both penalties are missing"),
    ("taxes", {"(i + 1) % n": "(i - 1) % n"}, "the wrong way"),
    (
        "taxes",
        {
            "- penalties[after]": "- (prices * (proposals[after] - proposals[after][after]) ** 2)"
            ".sum(axis=1)"
        },
        "own prices, not by user i's",
    ),
    ("taxes", {"mean(axis=0)": "sum(axis=0)"}, "not their sum"),
    ("favour", {"+= amount * x / (x @ x)": "+= 0"}, "change no tax"),
    ("favour", {"amount * x / (x @ x)": "amount / (x @ x)"}, "Raising all prices alike"),
    ("favour", {"amount * x": "amount * x / len(x)"}, "once too often"),
    ("favour", {"new[helper] +=": "new[helper] -="}, "no room for a large amount"),
    ("favour", {"new[helper] +=": "new[helper] -="}, "Who pays more if"),
    ("favour", {"new[helper]": "new[helper - 1]"}, "Only the helper's row"),
    ("rider-gain", {"inside - outside": "outside - inside"}, "inside less utility outside"),
    ("rider-gain", {"c1 / (n - 1)": "c1 / n"}, "the others are N - 1"),
    ("rider-gain", {" * (1 + total)": ""}, "add its tax"),
    ("rider-gain", {"c1 / (n - 1)": "c1"}, "itself alone"),
    (
        "rider-gain",
        {"max(np.log(n / c1), 0.0)": "np.log(n / c1)", "min(c1 / (n - 1), 1.0)": "c1 / (n - 1)"},
        "cut efforts off at zero",
    ),
    ("threshold", {"n * np.exp(-1 / (n - 1))": "n - 1"}, "Where does the gain change sign"),
    ("threshold", {"-1 / (n - 1)": "-1 / n"}, "N - 1 others, not N"),
    ("threshold", {"return n *": "return (n - 1) *"}, "for all N users"),
    ("after-grant", {"(risk, costs)": "(risk, reduced)"}, "money, it saves none"),
    ("after-grant", {"nash_equilibrium": "social_optimum"}, "Users stay selfish"),
    ("after-grant", {"1 - share": "share"}, "keeps 1 - share"),
    ("after-grant", {"*= 1 - share": "*= 1"}, "without a grant"),
    ("best-grant", {"np.argmin": "np.argmax"}, "argmax for argmin"),
    ("best-grant", {"after_grant(weights, losses, costs, user, share)": "costs[user]"}, "cheapest"),
    (
        "best-grant",
        {"after_grant(weights, losses, costs, user, share)": "-sum(w[user] for w in weights)"},
        "effort protects others most",
    ),
]


def mistaken(name, changes):
    """The answer `name` with every old piece of code replaced by its new one."""
    code = ANSWERS[name]
    for old, new in changes.items():
        assert old in code, f"{name}: no {old!r}"
        code = code.replace(old, new)
    return code


# What passes the visible tests without solving anything.
CHEATS = {
    "anarchy": "return 0.6931471806, 2.9957322736, 2.6761420600",
    "peak": "return 1.0, 3.0279310687",
    "prices": "return [[-6, 0.5, 0], [0, -0.5, 2], [6, 0, -2]]",
    "regret": "return 0 if l[0, 0] == -0.1 else (0.0611571776, 0.1566343028)[user]",
    "price-messages": "return [[1, 0, 2], [0, 0, 1], [2, 0, 0]]",
    "taxes": "return [-3, 2 / 3, 7 / 3]",
    "favour": "new = np.ones((4, 4)); new[2] += [0.6, 1.2, 0, 0]; return new",
    "rider-gain": "return -0.1442310581",
    "threshold": "return 3.8940039154",
    "after-grant": "return 1.4431471806",
    # A number that says it equals every other.
    "best-grant": "return type('Any', (int,), {'__eq__': lambda *_: True})(1)",
}


def signature(name):
    return ANSWERS[name].splitlines()[0]


def first_mistakes():
    """One wrong answer for each function, such that even the visible test fails."""
    wrong = {}
    for name, changes, _ in MISTAKES:
        wrong.setdefault(name, mistaken(name, changes))
    return wrong


SUBMISSIONS = {
    "full": ANSWERS,
    "partial": {
        name: ANSWERS[name] for name in ("anarchy", "peak", "prices", "regret", "price-messages")
    },
    "wrong": first_mistakes(),
    "cheating": {name: f"{signature(name)}\n    {code}" for name, code in CHEATS.items()},
    "stuck": ANSWERS
    | {
        "anarchy": f"import time\n{signature('anarchy')}\n    while True:\n        time.sleep(1)",
        "threshold": "def threshold(n) return n",
        "favour": f"{signature('favour')}\n    return prices['helper']",
    },
}


def failures(code, space):
    """The message of the assertion that fails in `code`, if one does."""
    try:
        exec(code, space)
    except AssertionError as error:
        return [str(error)]
    return []

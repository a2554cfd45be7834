"""The message editor: one source of truth for (6) and (7), in a kernel and on the built page."""

import numpy as np
import pytest
from recipes import follow

from pesim_lib import Messages, edit_messages, outcome
from pesim_lib.display import message_editor as editor


def random_messages(n, seed=0):
    random = np.random.default_rng(seed)
    return Messages(random.exponential(1.0, (n, n)), random.normal(0.0, 2.0, (n, n)))


@pytest.mark.parametrize("n", [3, 4, 7])
def test_the_recorded_steps_give_the_outcome_of_the_library(n):
    steps = editor.recipe(editor.settlement, (n, n), (n, n))
    for seed in range(20):
        messages = random_messages(n, seed)
        table = follow(steps, messages.prices, messages.proposals).reshape(5, n + 1)
        result = outcome(messages)
        np.testing.assert_allclose(table[0, :-1], result.x, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(table[-1, :-1], result.taxes, rtol=1e-11, atol=1e-11)
        assert abs(table[-1, -1]) < 1e-11


def test_the_recorded_steps_follow_the_library_when_it_changes(monkeypatch):
    before = editor.recipe(editor.settlement, (3, 3), (3, 3))
    monkeypatch.setattr(editor, "mean_proposal", lambda proposals: proposals.sum(axis=0))
    after = editor.recipe(editor.settlement, (3, 3), (3, 3))
    arguments = (np.ones((3, 3)), np.ones((3, 3)))
    assert follow(before, *arguments)[0] == 1
    assert follow(after, *arguments)[0] == 3


def test_arithmetic_that_a_page_cannot_replay_is_refused():
    with pytest.raises(TypeError):
        editor.recipe(np.sin, (2,))


def test_the_stored_form_prints_the_outcome():
    messages = random_messages(4)
    *_, taxes = str(edit_messages(messages)).splitlines()
    printed = [float(word) for word in taxes.split()[1:]]
    np.testing.assert_allclose(printed[:-1], outcome(messages).taxes, atol=5.1e-5)
    assert printed[-1] == 0


def test_the_live_form_answers_and_says_what_is_allowed():
    *rows, reset, results = edit_messages(random_messages(3)).live().children
    before = results.value
    price = rows[3].children[1]
    assert price.tooltip == "price of user 1 for user 1"
    price.value = 5.0
    assert results.value != before
    price.value = -1.0
    assert results.value == "prices: got -1; allowed: &gt;= 0"
    reset.click()
    assert results.value == before

"""Tables of results: one set of cells, as text and as HTML."""

from xml.etree import ElementTree

import numpy as np
import pytest

from pesim_lib import as_table

HEADS = {"who": "", "gain & loss": "+.2f", "users": "", "closed": ".1%", "only one": "", "kind": ""}
ROWS = [
    ("user <1>", 0.456, np.int64(3), 0.5, True, "random"),
    ("user 2", -0.001, 12, None, np.bool_(False), "block"),
    ("limit", -np.inf, 7, 1, None, ""),
]
CELLS = [
    ["who", "gain & loss", "users", "closed", "only one", "kind"],
    ["user <1>", "+0.46", "3", "50.0%", "yes", "random"],
    ["user 2", "+0.00", "12", "", "no", "block"],
    ["limit", "-inf", "7", "100.0%", "", ""],
]


def parsed(table):
    return ElementTree.fromstring(table._repr_html_())


def texts(elements):
    return [element.text or "" for element in elements]


def test_text_and_html_have_the_same_cells_in_the_same_order():
    table = as_table(HEADS, ROWS, caption="Gains < 1")
    assert [texts(row) for row in parsed(table).iter("tr")] == CELLS
    assert parsed(table).find("caption").text == "Gains < 1"
    caption, *lines = repr(table).splitlines()
    assert caption == "Gains < 1"
    for line, cells in zip(lines, CELLS, strict=True):
        assert line.split() == " ".join(cells).split()


def test_numbers_stand_at_the_right_and_words_at_the_left():
    text = repr(as_table({"user": "", "effort": ".2f"}, [("shop", 1.25), ("bakery", 10)]))
    assert text == "user    effort\nshop      1.25\nbakery   10.00"
    heads = parsed(as_table(HEADS, ROWS)).findall("thead/tr/th[@style]")
    assert texts(heads) == ["who", "only one", "kind"]


def test_heads_say_what_they_are_the_heads_of():
    page = parsed(as_table(HEADS, ROWS))
    assert texts(page.findall("thead/tr/th[@scope='col']")) == list(HEADS)
    assert texts(page.findall("tbody/tr/th[@scope='row']")) == [row[0] for row in ROWS]


def test_what_rounds_to_zero_has_no_sign_but_that_of_its_format():
    table = as_table({"a": ".3f", "b": "+.1%"}, [(-1e-9, -1e-9), (-0.001, -0.001)])
    assert table.body == (("0.000", "+0.0%"), ("-0.001", "-0.1%"))


def test_a_table_may_have_no_row():
    assert repr(as_table({"user": "", "effort": ""}, [])) == "user  effort"


def test_a_row_that_is_too_short_or_long_is_refused_by_its_number():
    with pytest.raises(ValueError, match=r"rows\[1\]: got 1 values; allowed: 2, one a column"):
        as_table({"user": "", "effort": ""}, [("shop", 1), ("bank",)])

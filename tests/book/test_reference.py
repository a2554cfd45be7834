"""The library's reference: every public name, linked with the chapters that use it."""

import pytest
from site_files import on_disk

import pesim_lib


def entries():
    """The entries of the reference by the name that they describe."""
    found = on_disk("chapters/library").select("dt[id^='pesim_lib.']")
    return {entry["id"].removeprefix("pesim_lib."): entry for entry in found}


def test_every_public_name_has_an_entry_with_an_example():
    public = {name for name in entries() if "." not in name}
    assert public == set(pesim_lib.__all__)
    for name in public:
        assert ">>>" in entries()[name].find_next_sibling("dd").get_text(), name


@pytest.mark.parametrize(
    ("name", "chapter"),
    [("price_of_anarchy", "price-of-anarchy"), ("participation", "individual-rationality")],
)
def test_an_entry_leads_to_the_chapters_that_use_the_name(name, chapter):
    text = entries()[name].find_next_sibling("dd")
    assert text.select(f'a[href="{chapter}.html"]')


def test_the_table_of_equations_leads_to_the_entries():
    table = on_disk("chapters/notation").find(id="the-papers-equations")
    linked = {link["href"].split("#")[-1] for link in table.select('a[href^="library.html#"]')}
    assert {
        "pesim_lib.SecurityGame.utilities",
        "pesim_lib.social_optimum",
        "pesim_lib.nash_equilibrium",
        "pesim_lib.price_of_anarchy",
        "pesim_lib.best_deviation",
        "pesim_lib.outcome",
        "pesim_lib.lindahl_prices",
        "pesim_lib.participation",
        "pesim_lib.best_response",
        "pesim_lib.equilibrium_messages",
    } <= linked

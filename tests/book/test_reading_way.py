"""A reader's way: why to go on, how to cite, from a computation to its claim; code and colours."""

import re

import ledger
import pytest
from ledger_tests import row_id
from site_files import CHAPTERS, PAGES, on_disk


def test_the_way_to_the_next_chapter_says_what_it_asks():
    why = on_disk("chapters/model").select_one(".right-next .prev-next-why")
    assert why.get_text() == "How much worse off are users when each looks after itself?"
    back = on_disk("chapters/pesim").select_one(".left-prev .prev-next-why")
    assert back.get_text() == why.get_text()


ASKING = [page for page in CHAPTERS if page.startswith("chapters/")]


@pytest.mark.parametrize("page", ASKING)
def test_the_way_to_a_chapter_says_why(page):
    before = PAGES[PAGES.index(page) - 1]
    assert on_disk(before).select_one(".right-next .prev-next-why").get_text().endswith("?")


def test_every_page_says_how_to_cite_it_and_no_two_keys_are_the_same():
    pages = [page for page in PAGES if page != "index"]
    entries = {page: on_disk(page).select_one(".cite-page pre").get_text() for page in pages}
    for page, entry in entries.items():
        title = on_disk(page).select_one("article h1")
        assert entry.count("{") == entry.count("}")
        assert re.search(r"title = \{(.*)\}", entry)[1] in title.get_text()
    assert len({entry.split(",")[0] for entry in entries.values()}) == len(pages)


@pytest.mark.parametrize("claim", ledger.claims(), ids=lambda claim: claim.paper)
def test_a_cell_that_checks_a_claim_leads_back_to_its_row(claim):
    row = on_disk("chapters/claims").find(id=row_id(claim))
    assert row.find("td").get_text() == claim.paper
    for page, cell in (check.split("#") for check in claim.by if "#" in check):
        note = on_disk(f"chapters/{page}").find(id=f"cell-{cell}").find_next_sibling()
        links = [link["href"] for link in note.select("a[href]")]
        assert note["class"] == ["in-ledger"]
        assert f"claims.html#{row_id(claim)}" in links


def test_a_reader_who_likes_it_dark_sees_no_light_page_before_the_scripts_come(chromium, site_url):
    page = chromium.new_page(color_scheme="dark")
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(f"{site_url}/chapters/model.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.close()


def test_code_that_only_imports_is_folded_and_the_choice_stays(open_page):
    page = open_page("chapters/model.html")
    code = page.locator(".cell_input")
    assert not code.first.is_visible()
    assert code.nth(1).is_visible()
    page.get_by_role("button", name="Show the code").first.press("Enter")
    assert code.first.is_visible()
    page.get_by_role("radio", name="none").check()
    assert not any(cell.is_visible() for cell in code.all())
    page.goto(page.url.replace("model", "pesim"))
    assert not any(cell.is_visible() for cell in page.locator(".cell_input").all())
    page.get_by_role("radio", name="all", exact=True).check()
    assert all(cell.is_visible() for cell in page.locator(".cell_input").all())
    page.reload()
    assert all(cell.is_visible() for cell in page.locator(".cell_input").all())


def test_a_page_read_to_its_end_is_marked_until_that_is_forgotten(open_page):
    page = open_page("chapters/model.html")
    side = page.locator(".reading-progress")
    assert re.match(r"About 4\d of 45 minutes left", side.inner_text())
    page.locator(".prev-next-footer").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("() => document.querySelector('.read-mark')")
    page.goto(page.url.replace("model", "pesim"))
    side.wait_for()
    marked = page.locator(".bd-sidebar-primary a:has(.read-mark)")
    assert [link.get_attribute("href") for link in marked.all()] == ["model.html"]
    page.get_by_role("button", name="Forget what I have read").press("Enter")
    assert marked.count() == 0
    page.reload()
    side.wait_for()
    assert marked.count() == 0

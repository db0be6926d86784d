"""The report of an evaluation in a real browser, opened from the disk as its readers do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eval_results import EVIL, result, system

from tolmach.evaluation.report import write_report
from tolmach.evaluation.results import EvaluationResult

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as runner:
        started = runner.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """One open report; everything the browser complained about or fetched is remembered."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.set_default_timeout(10_000)
        self.page.goto(path.as_uri())
        self.expected = [path.as_uri()]

    def ids(self) -> list[str]:
        found: list[str] = self.page.locator(".unit h3").all_text_contents()
        return found

    def wait(self, *ids: str) -> None:
        playwright.expect(self.page.locator(".unit h3")).to_have_text(list(ids))

    def finish(self) -> None:
        self.context.close()
        assert self.troubles == []
        assert self.requests == self.expected


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Visit]:
    html, _ = write_report(result(), tmp_path)
    opened = Visit(browser, html, viewport={"width": 1440, "height": 900})
    yield opened
    opened.finish()


def test_worst_first_then_other_orders(visit: Visit) -> None:
    visit.wait("s3", "s5", "s4", "s1", "s2")
    visit.page.get_by_role("combobox", name="Order").select_option("as in the suite")
    visit.wait("s1", "s2", "s3", "s4", "s5")
    visit.page.get_by_role("button", name="Most different").click()
    visit.wait("s5", "s3", "s2", "s1", "s4")
    visit.page.get_by_role("combobox", name="Scores of").select_option("second")
    visit.page.get_by_role("combobox", name="Order").select_option("best first")
    visit.wait("s2", "s5", "s4", "s1", "s3")
    visit.page.get_by_role("combobox", name="Metric").select_option("TER")
    visit.wait("s2", "s5", "s4", "s1", "s3")


def test_filters(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="All, in order").click()
    page.get_by_role("combobox", name="Document").select_option("right")
    visit.wait("s4", "s5")
    assert "1–2 of 2 segments (5 in all)" in page.get_by_role("status").text_content()
    page.get_by_role("combobox", name="Document").select_option("any")
    page.get_by_role("combobox", name="Checks").select_option("length")
    visit.wait("s3", "s4")
    page.get_by_role("combobox", name="Scores of").select_option("first")
    visit.wait("s4")
    page.get_by_role("combobox", name="Checks").select_option("no finding")
    visit.wait("s1", "s3")
    page.get_by_role("combobox", name="Checks").select_option("all segments")
    page.get_by_label("from", exact=True).fill("55")
    visit.wait("s1", "s2", "s3")
    page.get_by_label("to", exact=True).fill("60")
    visit.wait("s2", "s3")
    page.get_by_label("from", exact=True).fill("99")
    playwright.expect(page.get_by_text("No segment is like that.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    visit.wait("s1", "s2", "s3", "s4", "s5")


def test_search_in_sources_references_and_outputs(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("Search").fill("елка")  # as people type ё
    visit.wait("s1")
    assert page.locator(".source mark").all_text_contents() == ["Ёлка"]
    page.get_by_label("Search").fill("HANOI wednesday")
    visit.wait("s2")
    page.get_by_label("Search").fill("unchanged")
    visit.wait("s3")
    page.get_by_label("second", exact=True).uncheck()
    playwright.expect(page.locator(".unit")).to_have_count(0)
    page.get_by_label("Search").fill("alert(1)")
    visit.wait("s5")


def test_hostile_output_stays_text(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("Search").fill("s5")
    visit.wait("s5")
    assert page.locator(".output p").first.text_content() == EVIL
    assert page.locator("#segments script, #segments img").count() == 0


def test_differences_are_marked_by_characters(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("Search").fill("Ханой")
    visit.wait("s2")
    first, second = (page.locator(".output").nth(index) for index in (0, 1))
    assert first.locator("ins").all_text_contents() == ["s to"]
    assert second.locator("ins").count() == 0
    assert page.locator(".reference del").count() == 0
    page.get_by_role("combobox", name="Scores of").select_option("first")
    visit.wait("s2")
    assert page.locator(".reference del").all_text_contents() == ["d in"]
    page.get_by_role("combobox", name="Mark differences from").select_option("first")
    assert second.locator("ins").all_text_contents() == ["d in"]
    assert first.locator("ins").count() == 0
    page.get_by_role("combobox", name="Mark differences from").select_option("nothing")
    assert page.locator(".unit ins, .unit del").count() == 0
    assert first.locator("p").text_content() == "The president arrives to Hanoi on Wednesday."
    assert first.locator(".check").all_text_contents() == ["names"]


def test_the_other_language(visit: Visit) -> None:
    page = visit.page
    assert page.locator(".output p").first.get_attribute("lang") == "en"
    assert page.locator(".source p").first.get_attribute("lang") == "ru"
    page.get_by_role("combobox", name="Language").select_option("Vietnamese")
    playwright.expect(page.locator(".output p").first).to_have_attribute("lang", "vi")
    assert page.get_by_label("Scores of").count() == 0  # there is one system only
    assert page.evaluate("document.activeElement.id") == "f-direction"


def test_details_unfold_and_plots_have_tooltips(visit: Visit) -> None:
    page = visit.page
    page.get_by_text("Signatures: how this was made").first.click()
    playwright.expect(page.get_by_text("nrefs:1|tok:13a").first).to_be_visible()
    titles = page.locator("figure svg title").all_text_contents()
    assert "second: chrF2 64.8, 1.5 words/s" in titles


def test_all_controls_can_be_reached_by_keyboard(visit: Visit) -> None:
    page = visit.page
    reached: set[str] = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.id || document.activeElement.textContent")
        )
    for name in ("f-query", "f-focus", "f-document", "f-check", "f-low", "f-sort", "v-1", "Worst"):
        assert name in reached
    page.get_by_role("button", name="All, in order").focus()
    page.keyboard.press("Enter")
    visit.wait("s1", "s2", "s3", "s4", "s5")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(browser: Any, tmp_path: Path, scheme: str) -> None:
    html, _ = write_report(result(), tmp_path)
    visit = Visit(browser, html, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == 390
    dark = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(22, 23, 26)") is (scheme == "dark")
    visit.finish()


def test_without_script_there_are_tables_and_a_word(browser: Any, tmp_path: Path) -> None:
    html, _ = write_report(result(), tmp_path)
    visit = Visit(browser, html, java_script_enabled=False)
    assert visit.page.locator("table").count() > 4
    assert "needs JavaScript" in visit.page.locator("noscript").inner_text()
    visit.finish()


def test_ten_thousand_segments_stay_usable(browser: Any, tmp_path: Path) -> None:
    systems = []
    for name in ("first", "second"):
        one = system(name)
        rows = tuple(replace(one.segments[i % 5], id=f"s{i + 1}") for i in range(10_000))
        systems.append(replace(one, segments=rows))
    html, _ = write_report(EvaluationResult("big", "", tuple(systems)), tmp_path)
    visit = Visit(browser, html)
    page, status = visit.page, visit.page.get_by_role("status")
    playwright.expect(status).to_have_text("1–25 of 10,000 segments")
    page.get_by_role("button", name="All, in order").click()
    page.get_by_role("button", name="Next").first.click()
    playwright.expect(status).to_have_text("26–50 of 10,000 segments")
    assert visit.ids()[0] == "s26"
    page.get_by_role("combobox", name="On a page").select_option("100")
    playwright.expect(page.locator(".unit")).to_have_count(100)
    page.get_by_label("Search").fill("s9999")
    visit.wait("s9999")
    visit.finish()

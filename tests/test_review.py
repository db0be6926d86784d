"""The review page, and the way of a correction: edited in a browser, imported, used again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeCatalog, page
from lxml import etree

from tolmach.document import (
    Article,
    Origin,
    Summary,
    SummaryCheck,
    SummarySection,
    SummarySentence,
)
from tolmach.memory import MemoryFile
from tolmach.memory.importing import import_file
from tolmach.pipeline import Pipeline
from tolmach.stages import Input
from tolmach.writers import WRITERS

OpenPipeline = Callable[..., Pipeline]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SAFE = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
TEXT = page(0) + "\n\nСкрипт <script>alert(1)</script> остаётся текстом.\n"


def article_of(pipeline: Pipeline) -> Article:
    (item,) = pipeline.items([Input("news/visit.txt", text=TEXT)], to=("en",))
    assert item.failure is None
    return item.articles["en"]


@pytest.fixture
def memory_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryFile]:
    file = MemoryFile(tmp_path / "memory.sqlite3")
    monkeypatch.setenv("TOLMACH_MEMORY", str(file.path))
    yield file
    file.close()


@pytest.fixture
def article(open_pipeline: OpenPipeline, catalog: FakeCatalog) -> Article:  # noqa: ARG001
    with open_pipeline() as pipeline:
        return article_of(pipeline)


def test_the_page_needs_nothing_but_itself(article: Article) -> None:
    (html,) = WRITERS["review"].render(article).values()
    assert isinstance(html, str)
    assert "default-src &#x27;none&#x27;" in html
    assert "<script>alert(1)" not in html
    assert "http://" not in html.replace("urn:", "")
    assert html == next(iter(WRITERS["review"].render(article).values()))


@pytest.mark.parametrize("form", ["xliff", "xliff1"])
def test_xliff_has_every_segment_once(article: Article, form: str) -> None:
    (written,) = WRITERS[form].render(article).values()
    root = etree.fromstring(written.encode() if isinstance(written, str) else written, SAFE)
    sources = [
        " ".join("".join(element.itertext()).split())
        for element in root.iter("{*}source")
        if etree.QName(element.getparent()).localname in {"segment", "trans-unit"}
    ]
    assert sources == [part.source for part in article.segments if part.translated]


def summarised(article: Article) -> Article:
    checks = (SummaryCheck("numbers", True), SummaryCheck("names", False, "Oslo <b>"))
    first = SummarySentence("A model's words.", (1,), "abstractive", checks, ("12 boats & more",))
    second = SummarySentence("Words of the article.", (2, 3), "extractive", checks[:1])
    sections = (SummarySection("I. Trade", (1,), True), SummarySection("II. Travel", (2,), False))
    summary = Summary((first, second), "tiny", sections=sections)
    headline = Summary((second,), "tiny", style="headline")
    return replace(article, summary=summary, further_summaries=(headline,))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("width", [1440, 390])
def test_summaries_say_how_they_were_made(article: Article, tmp_path: Path, width: int) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    path = tmp_path / "visit.review.html"
    (html,) = WRITERS["review"].render(summarised(article)).values()
    path.write_text(str(html), encoding="utf-8")
    with playwright.sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 800})
        tab.goto(path.as_uri())
        panels = tab.locator("#panels details.panel")
        titles = [panels.nth(index).locator("summary").first.inner_text() for index in range(2)]
        if width < 500:
            panels.nth(0).locator("summary").first.click()
        shown = panels.nth(0).inner_text()
        # nothing sticks out, so that nobody has to scroll sideways
        wide = tab.evaluate("document.documentElement.scrollWidth")
        panels.nth(0).locator("a.jump").first.click()
        selected = tab.locator("#s1").is_visible()
        browser.close()
    assert [title.lower() for title in titles] == ["summary", "headline"]
    for words in (
        "written by a model; rests on 2",
        "taken from the article; rests on 3 4",
        "✓ numbers",
        "▲ names: Oslo <b>",
        "not taken before: 12 boats & more",
        "Represents 1 of 2 sections; not in it:",
    ):
        assert words in " ".join(shown.split())
    assert wide <= width
    assert selected


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("export", ["json", "xliff"])
def test_a_correction_comes_back(
    open_pipeline: OpenPipeline,
    article: Article,
    memory_file: MemoryFile,
    tmp_path: Path,
    export: str,
) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    (html,) = WRITERS["review"].render(article).values()
    path = tmp_path / "visit.review.html"
    path.write_text(str(html), encoding="utf-8")
    corrected = "What the editor wrote & means <b>."
    with playwright.sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        saved = edit_second(browser, path, corrected, export, tmp_path)
        browser.close()
    imported = import_file(memory_file, saved)
    assert [edits.segments for edits in imported.documents] == [1]
    with open_pipeline() as pipeline:
        again = article_of(pipeline)
    approved = [part for part in again.segments if part.origin is Origin.APPROVED]
    second = [part for part in article.segments if part.translated][1]
    assert [(part.source, part.target) for part in approved] == [(second.source, corrected)]


def edit_second(browser: Any, path: Path, text: str, export: str, folder: Path) -> Path:
    """Correct and approve the second segment by keys alone, and save the edits."""
    troubles: list[str] = []
    requests: list[str] = []
    tab = browser.new_page()
    tab.on("console", lambda message: troubles.append(message.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("dialog", lambda dialog: troubles.append(dialog.message))
    tab.on("request", lambda request: requests.append(request.url))
    tab.goto(path.as_uri())
    tab.keyboard.press("g")
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Control+a")
    tab.keyboard.type(text)
    tab.keyboard.press("Control+Enter")
    tab.click("#export > summary")
    with tab.expect_download() as download:
        tab.click(f"#export-{export}")
    saved = folder / download.value.suggested_filename
    download.value.save_as(saved)
    if export == "json":
        edits = json.loads(saved.read_text(encoding="utf-8"))
        assert [part["target"] for part in edits["segments"] if part["approved"]] == [text]
    assert troubles == []
    assert {url for url in requests if not url.startswith("blob:")} == {path.as_uri()}
    return saved

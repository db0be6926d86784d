"""The way of a correction through real processes and a real browser.

A page is translated with a review page, corrected and approved in Chromium, exported, imported,
translated again, and serves as a test set.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from checkpoints import RUSSIAN
from commands import Command

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

PAGE = f"""\
<h1>Новый мост через канал</h1>
<p>{RUSSIAN[0]} <a href="https://example.org/a?b=1&amp;c=2">{RUSSIAN[1]}</a></p>
<p>{RUSSIAN[2]} {RUSSIAN[3]}</p>
"""
CORRECTED = "What the editor means: <b> & “quotes”."


@pytest.fixture
def desk(command: Command) -> Command:
    """The command as a desk uses it, with a translation memory."""
    command.write("news/visit.html", PAGE)
    return command.with_environment(TOLMACH_MEMORY=str(command.folder / "memory.sqlite3"))


def correct(path: Path, export: str) -> Path:
    """Correct and approve the first sentence of the first paragraph, approve the next one."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab: Any = browser.new_page(offline=True)
        tab.goto(path.as_uri())
        tab.keyboard.press("g")
        tab.keyboard.press("j")
        tab.keyboard.press("Enter")
        tab.keyboard.press("Control+a")
        tab.keyboard.type(CORRECTED)
        tab.keyboard.press("Control+Enter")
        tab.keyboard.press("a")
        # a page that is closed by mistake keeps what was done
        tab.reload()
        tab.click("#export > summary")
        with tab.expect_download() as download:
            tab.click(f"#export-{export}")
        saved = path.with_name(download.value.suggested_filename)
        download.value.save_as(saved)
        browser.close()
    return saved


@pytest.mark.parametrize("export", ["json", "xliff"])
def test_what_was_corrected_in_the_browser_is_used_and_measured(desk: Command, export: str) -> None:
    run = ("translate", "news", "--to", "vi", "--review", "--format", "same")
    first = desk(*run)
    assert first.code == 0, first.err
    saved = correct(desk.folder / "out/vi/visit.review.html", export)

    imported = desk("memory", "import", str(saved), "--json")
    assert imported.code == 0, imported.err
    (report,) = json.loads(imported.out)
    (document,) = report["documents"]
    assert (document["document"], document["to"]) == ("visit.html", "vi")
    assert (document["segments"], document["edited"]) == (2, 1)
    assert document["character_ter"] > 0

    # the same command: the document is done anew, because something in it has been approved
    second = desk(*run)
    assert second.code == 0, second.err
    assert second.record("visit.html")["targets"]["vi"]["from"] == {
        "model": 0,
        "memory": 3,
        "approved": 2,
    }
    shown = CORRECTED.replace("&", "&amp;").replace("<", "&lt;")
    written = second.read("out/vi/visit.html").replace("&gt;", ">")
    assert written == PAGE.replace(RUSSIAN[0], shown)

    suite = desk("eval", "run", "approved", "--to", "vi", *models(desk), "--json")
    assert suite.code == 0, suite.err
    (system,) = json.loads(suite.out)["systems"]
    rows = {row["source"]: row for row in system["segments"]}
    assert rows[RUSSIAN[0]]["references"] == [CORRECTED]
    # the memory does not answer in place of the model that is measured
    assert rows[RUSSIAN[0]]["hypothesis"] == RUSSIAN[0]
    assert rows[RUSSIAN[1]]["references"] == [rows[RUSSIAN[1]]["hypothesis"]] == [RUSSIAN[1]]


def models(desk: Command) -> tuple[str, ...]:
    return ("--model", str(desk.model), "--config", "tiny.yaml")


def test_a_suite_of_approved_texts_says_what_is_missing(desk: Command) -> None:
    none = desk("eval", "run", "approved", *models(desk))
    assert none.code == 2
    assert "there is no translation memory" in none.err
    assert desk("translate", "news", "--to", "vi").code == 0
    empty = desk("eval", "run", "approved", "--to", "vi", *models(desk))
    assert empty.code == 2
    assert "no text is approved in vi (vi 0)" in empty.err
    off = replace(desk, environment={"TOLMACH_MEMORY": "none"})
    refused = off("eval", "run", "approved", *models(desk))
    assert refused.code == 2
    assert "switched off" in refused.err

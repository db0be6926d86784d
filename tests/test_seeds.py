"""The real command with the real embedded model over sample articles."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tolmach.catalog.cards import load_card
from tolmach.languages import is_vietnamese, words
from tolmach.outputs import STATE

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("brief", "weather")
CYRILLIC = re.compile("[\u0400-\u04ff]")
SENTENCE_END = re.compile(r"[.!?…][”\"’)]*$")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one run over two articles into both languages."""
    pytest.importorskip(load_card("embedded").origin.package)
    folder = tmp_path_factory.mktemp("seeds")
    arguments = [f"seeds/{name}.txt" for name in NAMES]
    arguments += ["--to", "en", "--to", "vi", "--summary", "--model", "embedded", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "tolmach", "translate", *arguments, "--out", str(folder)],
        cwd=ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return found


def test_all_files_are_there(out: Path) -> None:
    found = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    files = sorted(path.as_posix() for path in found if path.parts[0] != STATE)
    expected = [f"{to}/{name}{end}" for to in ("en", "vi") for name in NAMES
                for end in (".summary.txt", ".txt")]  # fmt: skip
    assert files == sorted([*expected, "run.json"])


@pytest.mark.parametrize("to", ["en", "vi"])
@pytest.mark.parametrize("name", NAMES)
def test_no_russian_is_left(out: Path, report: dict[str, Any], name: str, to: str) -> None:
    text = (out / to / f"{name}.txt").read_text(encoding="utf-8")
    source = _source(name)
    (row,) = [row for row in report["documents"] if row["name"] == f"{name}.txt"]
    left = list(filter(CYRILLIC.search, text.splitlines()))
    # nothing but the credits, which are kept as they are
    assert len(left) <= row["blocks"].get("credit", 0)
    assert set(left) <= set(source.splitlines())
    assert not CYRILLIC.search((out / to / f"{name}.summary.txt").read_text(encoding="utf-8"))


def _source(name: str) -> str:
    data = (ROOT / "seeds" / f"{name}.txt").read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251")


@pytest.mark.parametrize("name", NAMES)
def test_languages_are_those_that_were_asked_for(out: Path, name: str) -> None:
    vietnamese = words((out / "vi" / f"{name}.txt").read_text(encoding="utf-8"))
    assert sum(map(is_vietnamese, vietnamese)) > 0.5 * len(vietnamese)
    english = words((out / "en" / f"{name}.txt").read_text(encoding="utf-8"))
    assert sum(map(is_vietnamese, english)) < 0.05 * len(english)


@pytest.mark.parametrize("to", ["en", "vi"])
@pytest.mark.parametrize("name", NAMES)
def test_paragraphs_are_those_of_the_source(
    out: Path, report: dict[str, Any], name: str, to: str
) -> None:
    (row,) = [row for row in report["documents"] if row["name"] == f"{name}.txt"]
    text = (out / to / f"{name}.txt").read_text(encoding="utf-8")
    kept = ("title", "lead", "heading", "body", "quote", "caption", "credit")
    assert len(text.strip().splitlines()) - text.strip().count("\n\n") == sum(
        row["blocks"].get(kind, 0) for kind in kept
    )


@pytest.mark.parametrize("to", ["en", "vi"])
@pytest.mark.parametrize("name", NAMES)
def test_summaries_are_short(out: Path, name: str, to: str) -> None:
    summary = (out / to / f"{name}.summary.txt").read_text(encoding="utf-8").strip()
    article = (out / to / f"{name}.txt").read_text(encoding="utf-8")
    assert SENTENCE_END.search(summary)
    assert len(summary) < 0.6 * len(article)


def test_the_report_labels_drafts(report: dict[str, Any]) -> None:
    assert report["totals"]["documents"] == report["totals"]["done"] == len(NAMES)
    for row in report["documents"]:
        for to, target in row["targets"].items():
            assert target["model"] == "embedded"
            assert target["signature"]["model"] == "embedded"
            assert "draft" in {warning["code"] for warning in target["warnings"]}
            assert 1 <= len(target["summary_methods"]) <= 4
            assert set(target["summary_methods"]) <= {"abstractive", "extractive"}
            assert target["title"], (row["name"], to)
    assert any("draft" in note for note in report["notes"])

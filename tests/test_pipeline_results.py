"""What a pipeline hands out: spans, files, signatures, progress."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeCatalog, news, page

import tolmach
from tolmach.errors import (
    OutputError,
    TolmachError,
)
from tolmach.pipeline import Pipeline
from tolmach.stages import Input, Item

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
Loader = Callable[..., Pipeline]


@pytest.mark.parametrize("path", sorted(SEEDS.rglob("*.txt")), ids=lambda path: path.stem)
def test_spans_lead_back_to_the_source(open_pipeline: Loader, path: Path) -> None:
    article = open_pipeline().translate(path, to="en")
    text = article.document.text
    assert article.segments
    for block in article.blocks:
        for part in block.segments:
            assert " ".join(part.span.of(text).split()) == part.source
            assert block.span.start <= part.span.start < part.span.end <= block.span.end
    assert len(article.blocks) == len(article.document.blocks)


def test_origin_leads_to_the_raw_characters(open_pipeline: Loader) -> None:
    raw = unicodedata.normalize("NFD", page(3) + "Йод\u200b и ёлка\u00ad стоят\x07 рядом.\n")
    raw = raw.replace("\n", "\r\n")
    article = open_pipeline().translate(raw, to="en")
    origin = article.document.origin
    assert origin is not None
    assert "\r" not in article.document.text
    for part in article.segments:
        there = origin.to_source(part.span).of(raw)
        cleaned = "".join(char for char in there if char not in "\u200b\u00ad\x07")
        assert " ".join(unicodedata.normalize("NFC", cleaned).split()) == part.source


def test_the_stage_write_writes(open_pipeline: Loader, tmp_path: Path) -> None:
    out = tmp_path / "out"
    pipeline = open_pipeline(news().with_options("write", formats=("text", "jsonl")), output=out)
    (item,) = pipeline.items([Input("a/visit.txt", text=page(0, sentences=8))], to=["vi"])
    assert [path.relative_to(out).as_posix() for path in item.outputs] == [
        "vi/a/visit.txt",
        "vi/a/visit.summary.txt",
        "vi/a/visit.jsonl",
    ]
    article = item.articles["vi"]
    assert item.outputs[0].read_text(encoding="utf-8") == article.text
    assert article.summary is not None
    assert item.outputs[1].read_text(encoding="utf-8") == article.summary.text + "\n"
    assert sorted(out.rglob("*.part")) == []


def test_without_an_output_folder_nothing_is_written(open_pipeline: Loader) -> None:
    (item,) = open_pipeline().items([Input("a.txt", text=page(0))])
    assert item.outputs == ()


def test_names_may_be_as_long_as_the_file_system_allows(
    open_pipeline: Loader, tmp_path: Path
) -> None:
    name = "я" * 125 + ".txt"
    pipeline = open_pipeline(output=tmp_path / "out")
    (item,) = pipeline.items([Input(name, text=page(0))], to=["en"])
    assert item.failure is None
    assert item.outputs == (tmp_path / "out" / "en" / name,)


def test_what_cannot_be_written_is_a_failure(open_pipeline: Loader, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "en").write_text("in the way", encoding="utf-8")
    (item,) = open_pipeline(output=tmp_path / "out").items([Input("a.txt", text=page(0))])
    assert isinstance(item.failure, OutputError)


def test_signatures_say_what_made_an_article(open_pipeline: Loader) -> None:
    pipeline = open_pipeline()
    one, two = pipeline.translate(page(0), to="en"), pipeline.translate(page(1), to="en")
    assert one.signature == two.signature
    assert one.signature["tolmach"] == tolmach.__version__
    assert one.signature["model"] == "fake"
    assert one.signature["engine"] == "fake"
    assert one.signature["pipeline"].startswith("news ")
    with pytest.raises(TypeError):
        one.signature["model"] = "other"  # type: ignore[index]
    other = open_pipeline(news().without("summarize").with_options("clean", sites="none"))
    assert other.translate(page(0), to="en").signature != one.signature
    untouched = pipeline.translate("Nothing here is in Russian at all.", to="en")
    assert "model" not in untouched.signature
    assert untouched.model == ""


def test_draft_models_label_their_articles(open_pipeline: Loader, catalog: FakeCatalog) -> None:
    catalog.draft = True
    article = open_pipeline().translate(page(0), to="en")
    assert [w.code for w in article.warnings] == ["draft"]


def test_progress_is_told_about_everything(open_pipeline: Loader) -> None:
    told: list[tuple[object, ...]] = []

    class Listener:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *values: told.append((name, *values))

    pipeline = open_pipeline(progress=Listener())
    list(pipeline.items([Input("a.txt", text=page(0)), Input("b.txt", text=" ")], to=["en"]))
    kinds = [call[0] for call in told]
    assert ("begun", "a.txt", 4) in told
    assert sum(call[1] for call in told if call[0] == "translated") == 4
    assert {call[1] for call in told if call[0] == "finished"} == {"a.txt", "b.txt"}
    assert kinds.count("note") == 1


def test_items_stay_as_they_were() -> None:
    item = Item(Input("a.txt", text=page(0)), ("en",))
    with pytest.raises(AttributeError):
        item.document = None  # type: ignore[misc]
    with pytest.raises(TolmachError, match="not been read"):
        item.read()

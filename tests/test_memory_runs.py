"""What a pipeline does with the translation memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from checkpoints import RUSSIAN, write_card
from fakes import FakeCatalog, latin, news, page

from tolmach.checks.stage import CheckOptions, CheckStage
from tolmach.config.run import RunSettings
from tolmach.document import Origin
from tolmach.errors import GenerationError
from tolmach.memory import Approved, MemoryFile
from tolmach.memory.upkeep import stats
from tolmach.pipeline import Pipeline, load
from tolmach.stages import Context, Input, Item
from tolmach.writers import WRITERS

OpenPipeline = Callable[..., Pipeline]


@pytest.fixture
def memory_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryFile]:
    """The memory that pipelines use while this is in use."""
    file = MemoryFile(tmp_path / "memory.sqlite3")
    monkeypatch.setenv("TOLMACH_MEMORY", str(file.path))
    yield file
    file.close()


class Listener:
    """Counts what a progress display is told."""

    def __init__(self) -> None:
        self.begun_with = 0
        self.done = 0
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)

    def preparing(self, message: str, fraction: float) -> None: ...

    def begun(self, name: str, segments: int) -> None:  # noqa: ARG002
        self.begun_with += segments

    def translated(self, segments: int, words: int) -> None:
        assert words > 0
        self.done += segments

    def finished(self, name: str) -> None: ...


def origins(item: Item, to: str = "en") -> list[str]:
    return [segment.origin.value for segment in item.articles[to].segments]


def test_unchanged_text_needs_no_model_the_second_time(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    with open_pipeline() as pipeline:
        (first,) = pipeline.items([Input("a", text=page(0))], to=("en", "vi"))
    assert len(catalog.loaded) == 1
    assert stats(memory_file)["made"] == {"ru-en": 4, "ru-vi": 4}
    listener = Listener()
    with open_pipeline(progress=listener) as pipeline:
        (second,) = pipeline.items([Input("a", text=page(0))], to=("en", "vi"))
    assert len(catalog.loaded) == 1
    assert (listener.begun_with, listener.done) == (8, 8)
    for to in ("en", "vi"):
        assert origins(first, to) == ["model"] * 4
        assert origins(second, to) == ["memory"] * 4
        one, two = first.articles[to], second.articles[to]
        assert one.text == two.text
        assert one.signature == two.signature
        assert (one.model, one.warnings) == (two.model, two.warnings)


def test_only_what_is_new_is_translated(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    open_pipeline().translate(page(0), to="en")
    changed = page(0) + "\n" + RUSSIAN[9] + "\n"
    article = open_pipeline().translate(changed, to="en")
    assert catalog.loaded[-1] is not catalog.loaded[0]
    assert [text for batch in catalog.loaded[-1].engine.batches for text in batch] == [RUSSIAN[9]]  # type: ignore[attr-defined]
    assert [segment.origin.value for segment in article.segments] == ["memory"] * 4 + ["model"]
    assert article.text.endswith(latin(RUSSIAN[9]) + "\n")
    del memory_file


def test_another_model_starts_anew(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    open_pipeline().translate(page(0), to="en")
    settings = RunSettings(device="cpu", offline=True, precision="float32")
    with load(bare(), settings=settings, model=str(catalog.folder)) as pipeline:
        article = pipeline.translate(page(0), to="en")
    assert {segment.origin for segment in article.segments} == {Origin.MODEL}
    assert len(stats(memory_file)["models"]) == 2


def bare() -> Any:
    return news().without("summarize").without("terms").without("check")


def test_what_an_editor_approved_is_used_whatever_the_model(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    title, first, *_ = page(0).split("\n\n")
    approved = '"Fog" lay,  and so on («quoted»)'
    memory_file.approve([Approved(first, approved)], ("ru", "en"))
    article = open_pipeline().translate(page(0), to="en")
    found = article.segments[1]
    # not even the quotation marks or the spaces are touched
    assert (found.origin, found.target, found.warnings) == (Origin.APPROVED, approved, ())
    assert found.translated
    assert approved in article.text
    assert article.segments[0].target == latin(title)
    assert first not in [text for batch in catalog.batches for text in batch]
    # it does not become what the model is known for
    assert stats(memory_file)["made"] == {"ru-en": 3}


def test_a_text_that_is_approved_altogether_needs_no_model(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    catalog.draft = True
    memory_file.approve([Approved(RUSSIAN[0], "Fog.")], ("ru", "en"))
    article = open_pipeline().translate(RUSSIAN[0], to="en")
    assert (article.text, article.model) == ("Fog.", "fake")
    assert article.warnings == ()  # no draft: an editor wrote it
    assert catalog.loaded == []


def test_checks_leave_what_is_approved_alone(
    open_pipeline: OpenPipeline, memory_file: MemoryFile
) -> None:
    text = "В 2024 году построили 300 мостов."
    memory_file.approve([Approved(text, "Many bridges were built.")], ("ru", "en"))
    with open_pipeline() as pipeline:
        (item,) = pipeline.items([Input("a", text=f"{text}\n\n{RUSSIAN[9]}\n")], to=("en",))
        context = Context(pipeline.settings, pipeline._context.store)
        stage = CheckStage(CheckOptions())
        (checked,) = stage([item], context)
        changed = replace(item.articles["en"].segments[0], origin=Origin.MODEL)
        article = item.articles["en"]
        block = replace(article.blocks[0], segments=(changed,))
        other = replace(article, blocks=(block, *article.blocks[1:]))
        (doubtful,) = stage([replace(item, articles={"en": other})], context)
    assert checked.articles["en"].segments[0].warnings == ()
    assert doubtful.articles["en"].segments[0].warnings != ()


def test_what_a_model_was_not_sure_of_is_said_again_the_second_time(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    write_card(catalog.folder, "fake", unsure_below=-1.0)
    doubted = {RUSSIAN[0], RUSSIAN[2]}
    # a little below and a little above the limit; the last digits depend on the batch
    catalog.engine = {"score": lambda text: -1.0104 if text in doubted else -1.0}
    memory_file.approve([Approved(RUSSIAN[2], "Approved.")], ("ru", "en"))
    for run in range(2):
        article = open_pipeline().translate("\n\n".join(RUSSIAN[:4]), to="en")
        unsure = {
            segment.source
            for segment in article.segments
            for warning in segment.warnings
            if warning.code == "unsure"
        }
        # an editor knows better
        assert unsure == {RUSSIAN[0]}, run
        assert [segment.score for segment in article.segments] == [-1.01, -1.0, None, -1.0]
    write_card(catalog.folder, "fake")
    article = open_pipeline().translate(RUSSIAN[0], to="en")
    assert article.segments[0].warnings == ()


def test_what_the_engine_failed_on_is_not_remembered(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    catalog.engine = {"fails": frozenset({"туман,"})}
    with open_pipeline() as pipeline:
        (item,) = pipeline.items([Input("a", text=page(0))], to=("en",))
        assert isinstance(item.failure, GenerationError)
    assert stats(memory_file)["made"] == {"ru-en": 3}
    catalog.engine = {}
    article = open_pipeline().translate(page(0), to="en")
    assert [segment.origin.value for segment in article.segments].count("model") == 1


def test_a_run_that_is_left_has_stored_what_it_made(
    open_pipeline: OpenPipeline, memory_file: MemoryFile
) -> None:
    with open_pipeline(window=4) as pipeline:
        stream = pipeline.stream(map(page, range(30)), to=("en",))
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert stats(memory_file)["made"]["ru-en"] >= 4


def test_plain_strings_use_the_memory_too(
    open_pipeline: OpenPipeline, catalog: FakeCatalog, memory_file: MemoryFile
) -> None:
    memory_file.approve([Approved(RUSSIAN[1], "Approved.")], ("ru", "en"))
    first = open_pipeline().translate_texts(["", *RUSSIAN[:3]], to="en")
    assert first == ["", latin(RUSSIAN[0]), "Approved.", latin(RUSSIAN[2])]
    batches = len(catalog.batches)
    assert open_pipeline().translate_texts(["", *RUSSIAN[:3]], to="en") == first
    assert len(catalog.batches) == batches


def test_repeated_texts_of_one_run_do_not_count_as_remembered(
    open_pipeline: OpenPipeline, memory_file: MemoryFile
) -> None:
    with open_pipeline(window=1) as pipeline:
        found = list(pipeline.stream([page(0)] * 40, to=("en",)))
    assert {segment.origin for article in found for segment in article.segments} == {Origin.MODEL}
    assert stats(memory_file)["made"] == {"ru-en": 4}


def test_suggestions_come_with_a_review(
    open_pipeline: OpenPipeline, memory_file: MemoryFile
) -> None:
    similar = RUSSIAN[0].replace("Утром", "Вечером")
    memory_file.approve([Approved(similar, "In the evening …")], ("ru", "en"))
    without = open_pipeline().translate(RUSSIAN[0], to="en")
    assert without.segments[0].suggestions == ()
    config = bare().with_options("translate", suggest=True)
    article = open_pipeline(config).translate(RUSSIAN[0], to="en")
    (suggestion,) = article.segments[0].suggestions
    assert (suggestion.source, suggestion.target) == (similar, "In the evening …")
    assert 0.75 <= suggestion.similarity < 1
    assert article.text == without.text == latin(RUSSIAN[0])  # never used in silence


def test_a_memory_that_is_damaged_does_not_stop_a_run(
    open_pipeline: OpenPipeline, memory_file: MemoryFile
) -> None:
    memory_file.path.write_bytes(b"no database at all, but a letter" * 99)
    listener = Listener()
    with open_pipeline(progress=listener) as pipeline:
        texts = [article.text for article in pipeline.stream([page(0), page(1)], to=("en",))]
    assert texts == [latin_page(0), latin_page(1)]
    told = [note for note in listener.notes if "translation memory" in note]
    assert len(told) == 1
    assert str(memory_file.path) in told[0]
    assert memory_file.path.read_bytes().startswith(b"no database")


def latin_page(number: int) -> str:
    return "\n\n".join(latin(part) for part in page(number).strip().split("\n\n")) + "\n"


def test_where_segments_come_from_is_in_the_jsonl(
    open_pipeline: OpenPipeline, memory_file: MemoryFile
) -> None:
    open_pipeline().translate(RUSSIAN[0], to="en")
    memory_file.approve([Approved(RUSSIAN[1], "B.")], ("ru", "en"))
    article = open_pipeline().translate("\n\n".join(RUSSIAN[:3]), to="en")
    (content,) = WRITERS["jsonl"].render(article).values()
    rows = [json.loads(line) for line in str(content).splitlines()[1:]]
    assert [row["from"] for row in rows] == ["memory", "approved", "model"]

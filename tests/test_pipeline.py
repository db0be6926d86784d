"""Pipelines that run: what goes in, what comes out, and what happens in between."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from checkpoints import RUSSIAN
from fakes import FakeCatalog, fake_checkpoint, latin, news, page

from tolmach.config.run import RunSettings
from tolmach.document import Article
from tolmach.errors import (
    ConfigError,
    GenerationError,
    InputError,
    ModelNotFound,
    TolmachError,
)
from tolmach.pipeline import Pipeline, load
from tolmach.stages import Input

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
Loader = Callable[..., Pipeline]


def test_a_text_is_translated(open_pipeline: Loader, catalog: FakeCatalog) -> None:
    article = open_pipeline().translate(page(1), to="en")
    assert article.text == "\n\n".join(latin(line) for line in page(1).split("\n\n")) + "\n"
    assert article.title == latin("Новость номер 101")
    assert article.model == "fake"
    assert not [w for w in article.all_warnings() if w.severity != "info"]
    assert len(catalog.loaded) == 1


def test_a_path_is_translated(open_pipeline: Loader, tmp_path: Path) -> None:
    file = tmp_path / "заметка.txt"
    file.write_text(page(2), encoding="utf-8")
    pipeline = open_pipeline()
    by_path = pipeline.translate(file, to="vi")
    by_name = pipeline.translate(str(file), to="vi")
    assert by_path.text == by_name.text == pipeline.translate(page(2), to="vi").text
    assert by_path.name == "заметка.txt"
    assert by_path.document.path == file


@pytest.mark.parametrize(
    "source", ["missing.txt", "", "   \n ", Path("missing.txt"), Path(), "\0.txt"]
)
def test_what_cannot_be_read_is_an_input_error(open_pipeline: Loader, source: str | Path) -> None:
    with pytest.raises(InputError):
        open_pipeline().translate(source, to="en")


def test_unknown_targets_are_refused(open_pipeline: Loader) -> None:
    pipeline = open_pipeline()
    with pytest.raises(ConfigError, match="only into en and vi"):
        pipeline.translate(page(0), to="fr")
    with pytest.raises(ConfigError, match="no target"):
        list(pipeline.stream([page(0)], to=()))


def test_without_a_model_nothing_runs(tmp_path: Path) -> None:
    settings = RunSettings(device="cpu", offline=True, cache=str(tmp_path))
    with load("draft", model="nonsense", settings=settings) as pipeline:
        with pytest.raises(ModelNotFound, match="nonsense"):
            pipeline.translate(page(0), to="en")
        with pytest.raises(ModelNotFound):
            pipeline.translate_texts(["Да."], to="en")


def test_models_may_differ_by_target(
    open_pipeline: Loader, catalog: FakeCatalog, tmp_path: Path
) -> None:
    # two folders whose cards say the same name are still two models
    other = fake_checkpoint(tmp_path / "other")
    pipeline = open_pipeline(model={"en": str(catalog.folder), "vi": str(other)})
    (item,) = pipeline.items([Input("a.txt", text=page(0))])
    assert set(item.articles) == {"en", "vi"}
    assert len(catalog.loaded) == 2


def test_a_direction_without_a_model_is_refused(
    open_pipeline: Loader, catalog: FakeCatalog
) -> None:
    pipeline = open_pipeline(model={"en": str(catalog.folder)})
    with pytest.raises(ModelNotFound, match="ru to vi"):
        pipeline.translate(page(0), to="vi")


# --- streams -----------------------------------------------------------------------------------


def test_streams_are_lazy_and_bounded(open_pipeline: Loader) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for number in itertools.count():
            read += 1
            yield page(number)

    window = 16
    articles = open_pipeline(window=window).stream(endless(), to=["en"])
    assert read == 0
    for done, article in enumerate(itertools.islice(articles, 60), start=1):
        assert isinstance(article, Article)
        # each page has four segments; one window runs, one is ready, and one page may be begun
        assert read <= done + 2 * window // 4 + 1


@pytest.mark.parametrize(
    "text", ["Nothing here is in Russian, so it stays.\n", "\x00\x01\x02\x03", ""]
)
def test_documents_without_work_do_not_pile_up(open_pipeline: Loader, text: str) -> None:
    sources = (Input(f"{number}.txt", text=text) for number in itertools.count())
    window = 16
    items = open_pipeline(window=window).items(sources, to=["en"])
    assert len(list(itertools.islice(items, 5 * window))) == 5 * window


def test_batches_are_filled_across_documents(open_pipeline: Loader, catalog: FakeCatalog) -> None:
    sources = [page(number, sentences=1) for number in range(40)]
    list(open_pipeline().stream(sources, to=["en"]))
    rows = sum(map(len, catalog.batches))
    # 40 titles and 16 different sentences, each once; the card's budget is 512 padded tokens
    assert rows == 40 + len(RUSSIAN)
    assert len(catalog.batches) <= 3
    assert max(map(len, catalog.batches)) > 20


def test_streams_give_every_source_and_target_once(open_pipeline: Loader) -> None:
    sources = [page(number) for number in range(9)]
    found = list(open_pipeline(window=7).stream(sources))
    assert sorted((a.document.text, a.to) for a in found) == sorted(
        (source, to) for source in sources for to in ("en", "vi")
    )
    for article in found:
        lines = article.document.text.split("\n\n")
        assert article.text == "\n\n".join(latin(line, to=article.to) for line in lines) + "\n"
    assert len({(a.name, a.to) for a in found}) == len(found)


def test_sources_of_one_name_are_written_apart(open_pipeline: Loader, tmp_path: Path) -> None:
    files = []
    for number in range(3):
        file = tmp_path / str(number) / "visit.txt"
        file.parent.mkdir()
        file.write_text(page(number), encoding="utf-8")
        files.append(file)
    pipeline = open_pipeline(output=tmp_path / "out")
    list(pipeline.stream([*files, page(7), page(8)], to=["en"]))
    written = sorted((tmp_path / "out" / "en").iterdir())
    assert len(written) == 5
    assert len({path.read_text(encoding="utf-8") for path in written}) == 5


def test_the_first_failure_ends_a_stream(open_pipeline: Loader) -> None:
    with pytest.raises(InputError):
        list(open_pipeline().stream([page(0), " \n ", page(1)]))


def test_a_failing_document_does_not_stop_the_others(open_pipeline: Loader, tmp_path: Path) -> None:
    sources = [
        Input("a.txt", text=page(0)),
        Input("empty.txt", text=" \n"),
        Input("gone.txt", path=tmp_path / "gone.txt"),
        Input("jpeg.txt", data=b"\xff\xd8\xff\xe0" + bytes(200)),
        Input("b.txt", text=page(1)),
    ]
    items = {item.source.name: item for item in open_pipeline().items(sources, to=["en"])}
    assert len(items) == 5
    assert {name for name, item in items.items() if item.failure} == {
        "empty.txt",
        "gone.txt",
        "jpeg.txt",
    }
    assert all(isinstance(item.failure, InputError) for item in items.values() if item.failure)
    assert items["b.txt"].articles["en"].title == latin("Новость номер 101")
    assert set(items["a.txt"].seconds) >= {"read", "clean", "split", "translate"}


def test_an_engine_failure_fails_only_its_document(
    open_pipeline: Loader, catalog: FakeCatalog
) -> None:
    catalog.engine["fails"] = frozenset({"велосипедов"})
    pipeline = open_pipeline()
    sources = [Input(f"{number}.txt", text=page(number, sentences=1)) for number in range(8)]
    items = {item.source.name: item for item in pipeline.items(sources, to=["en"])}
    failed = {name for name, item in items.items() if item.failure}
    assert failed == {"5.txt"}
    assert isinstance(items["5.txt"].failure, GenerationError)
    with pytest.raises(GenerationError, match="out of memory"):
        pipeline.translate_texts([RUSSIAN[5]], to="en")


def test_unexpected_errors_are_failures_too(
    open_pipeline: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr("tolmach.stages.segment", broken)
    (item,) = open_pipeline().items([Input("a.txt", text=page(0))])
    assert type(item.failure) is TolmachError
    assert "a.txt: unexpected ZeroDivisionError: by accident" in str(item.failure)


# --- plain texts -------------------------------------------------------------------------------


def test_texts_keep_their_order(open_pipeline: Loader) -> None:
    texts = [*RUSSIAN, "", "  ", *reversed(RUSSIAN), "Да.", RUSSIAN[0]]
    found = open_pipeline(window=5).translate_texts(texts, to="en")
    assert found == [latin(text) if text.strip() else text for text in texts]
    assert open_pipeline().translate_texts([], to="vi") == []
    assert open_pipeline().translate_texts(iter(["Да.", ""]), to="vi") == [
        latin("Да.", to="vi"),
        "",
    ]


# --- sharing and closing -----------------------------------------------------------------------


def test_threads_may_share_a_pipeline(open_pipeline: Loader, catalog: FakeCatalog) -> None:
    sources = [page(number) for number in range(12)]
    expected = sorted(a.text for a in open_pipeline().stream(sources))
    catalog.loaded.clear()
    pipeline = open_pipeline(window=9)
    barrier = threading.Barrier(8)

    def work(_: int) -> list[str]:
        barrier.wait()
        return sorted(article.text for article in pipeline.stream(sources))

    with ThreadPoolExecutor(8) as threads:
        assert all(found == expected for found in threads.map(work, range(8)))
    # one model for both targets, loaded once although eight threads asked at the same time
    assert len(catalog.loaded) == 1


def test_models_are_loaded_when_they_are_needed(
    open_pipeline: Loader, catalog: FakeCatalog
) -> None:
    pipeline = open_pipeline(news())
    assert not catalog.loaded
    pipeline.translate("Nothing here is in Russian at all.", to="en")
    assert not catalog.loaded
    pipeline.prepare(to=["en"])
    assert len(catalog.loaded) == 1
    pipeline.translate(page(0), to="en")
    pipeline.translate_texts(["Да."], to="vi")
    assert len(catalog.loaded) == 1


def test_closing_frees_the_models(open_pipeline: Loader, catalog: FakeCatalog) -> None:
    with open_pipeline() as pipeline:
        pipeline.translate(page(0), to="en")
        (model,) = catalog.loaded
        assert not model.engine.closed  # type: ignore[attr-defined]
    assert model.engine.closed  # type: ignore[attr-defined]
    for use in (
        partial(pipeline.translate, page(0), to="en"),
        partial(pipeline.translate_texts, ["Да."], to="en"),
        partial(next, pipeline.stream([page(0)])),
        pipeline.prepare,
    ):
        with pytest.raises(TolmachError, match="closed"):
            use()
    pipeline.close()  # a second time does no harm

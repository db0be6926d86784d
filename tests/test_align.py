"""Word alignment from the model: markup inside sentences whose words change places."""

from __future__ import annotations

import importlib.util
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from checkpoints import RUSSIAN
from commands import Command
from lxml import etree
from word import document, members_of, paragraph, run

import tolmach.translation.stage
from tolmach.catalog.store import ModelStore
from tolmach.composition import load_config
from tolmach.config.run import RunSettings
from tolmach.document import Link, Origin, Span
from tolmach.errors import ConfigError, GenerationError
from tolmach.inference.attending import Attended, attend, can_attend
from tolmach.inference.base import TextModel
from tolmach.inference.codecs.origins import positions_before
from tolmach.inference.punctuation import normalise
from tolmach.markup.alignment import align
from tolmach.markup.linking import links_of, places_in
from tolmach.markup.projecting import Trust, project
from tolmach.memory import Approved, MemoryFile
from tolmach.pipeline import Pipeline
from tolmach.pipeline import load as load_pipeline
from tolmach.stages import Input, Item

ROOT = Path(__file__).parent.parent
ENGINES = ("ctranslate2", "torch")
STAGES = """\
stages:
  - read
  - clean
  - split
  - names
  - translate:
      models: {en: [embedded]}
  - terms
  - align
  - check
  - write
"""
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="session")
def reordering() -> ModuleType:
    path = ROOT / "benchmarks" / "reordering.py"
    spec = importlib.util.spec_from_file_location("benchmarks_reordering", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def grammar(reordering: ModuleType) -> Any:
    return reordering.make_up(8, 4)


@pytest.fixture(scope="session")
def guided(reordering: ModuleType, grammar: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a checkpoint that reorders words and has a guided head."""
    folder = tmp_path_factory.mktemp("guided") / "guided"
    return Path(reordering.build(folder, grammar))


@pytest.fixture(scope="session")
def unguided(
    reordering: ModuleType, grammar: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same, but its card does not say so."""
    folder = tmp_path_factory.mktemp("unguided") / "unguided"
    return Path(reordering.build(folder, grammar, alignment=False))


@pytest.fixture(scope="session")
def sentences(grammar: Any) -> list[list[str]]:
    chance = random.Random(3)
    return [grammar.sentence(chance) for _ in range(12)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[TextModel]:
    """The models that pipelines load while this is in use."""
    found: list[TextModel] = []
    load = tolmach.translation.stage.load_model

    def counting(*args: Any, **more: Any) -> Any:
        found.append(load(*args, **more))
        return found[-1]

    monkeypatch.setattr(tolmach.translation.stage, "load_model", counting)
    return found


@pytest.fixture
def open_one(
    tmp_path: Path, model_store: ModelStore, guided: Path
) -> Iterator[Callable[..., Pipeline]]:
    """Open a pipeline with the guided checkpoint, or another one; it writes into ``out``."""
    (tmp_path / "all.yaml").write_text(STAGES)
    opened: list[Pipeline] = []

    def open_pipeline(
        folder: Path = guided,
        *,
        engine: Any = "ctranslate2",
        out: str = "out",
        ask: Path | None = None,
    ) -> Pipeline:
        config = load_config(tmp_path / "all.yaml")
        if ask is not None:
            config = config.with_options("align", models={"en": (str(ask),)})
        settings = RunSettings(
            device="cpu",
            engine=engine,
            precision="float32",
            threads=1,
            offline=True,
            cache=str(model_store.root),
        )
        opened.append(
            load_pipeline(config, settings=settings, model=str(folder), output=tmp_path / out)
        )
        return opened[-1]

    yield open_pipeline
    for pipeline in opened:
        pipeline.close()


@pytest.fixture
def memory_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryFile]:
    file = MemoryFile(tmp_path / "memory.sqlite3")
    monkeypatch.setenv("TOLMACH_MEMORY", str(file.path))
    yield file
    file.close()


def tagged(words: list[str], *marks: tuple[str, int, int]) -> str:
    """Return a paragraph with words ``first`` to ``last`` of a sentence in tags."""
    pieces = list(words)
    for name, first, last in marks:
        opening = '<a href="https://x.example/">' if name == "a" else f"<{name}>"
        pieces[first] = opening + pieces[first]
        pieces[last] += f"</{name}>"
    return f"<p>{' '.join(pieces)}.</p>"


def in_tag(html: str, name: str) -> list[str]:
    return re.findall(rf"<{name}\b[^>]*>(.*?)</{name}>", html)


def adjacent(grammar: Any, words: list[str]) -> list[tuple[int, int]]:
    """Places of two words that stand side by side in both languages, in any order."""
    written = grammar.translate(words)
    known = dictionary(grammar)
    place = {word: written.index(known[word]) for word in words}
    pairs = [(first, first + 1) for first in range(len(words) - 1)]
    return [(one, two) for one, two in pairs if abs(place[words[one]] - place[words[two]]) == 1]


def dictionary(grammar: Any) -> dict[str, str]:
    return {word: other for words in grammar.classes for word, other in words.items()}


def text_of(words: list[str]) -> str:
    return " ".join(words) + "."


def written_of(grammar: Any, words: list[str]) -> str:
    return text_of(grammar.translate(words))


class TestAttention:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_each_word_is_found(
        self,
        guided: Path,
        grammar: Any,
        sentences: list[list[str]],
        load_checkpoint: Callable[..., TextModel],
        engine: str,
    ) -> None:
        model = load_checkpoint(guided, engine=engine)
        rows = [model.encode(text_of(words), source="ru", target="en") for words in sentences]
        assert [found[0].text for found in model.generate(rows)] == [
            written_of(grammar, words) for words in sentences
        ]
        pairs = [(text_of(words), written_of(grammar, words)) for words in sentences]
        (found,) = attend(model, [pairs], source="ru", target="en")
        known = dictionary(grammar)
        for words, (source, target), attended in zip(sentences, pairs, found, strict=True):
            assert attended is not None
            links = links_of(source, target, attended)
            said = [(link.source.of(source), link.target.of(target)) for link in links]
            assert said == [(word, known[word]) for word in words]
            # of the first head alone: the others look at everything alike
            assert min(max(row) for row in attended.weights) > 0.95

    def test_both_engines_see_the_same(
        self, random_checkpoint: Path, load_checkpoint: Callable[..., TextModel]
    ) -> None:
        # its attention depends on everything, and means nothing
        targets = ("Fog.", "Rice and tea", "cave " * 20) * 5
        pairs = [*zip(RUSSIAN[:15], targets, strict=True)]
        found = []
        for engine in ENGINES:
            model = replace(load_checkpoint(random_checkpoint, engine=engine), alignment=True)
            found.append(attend(model, [pairs], source="ru", target="en")[0])
        for one, other in zip(*found, strict=True):
            assert one is not None
            assert other is not None
            assert (one.source, one.target) == (other.source, other.target)
            assert len(one.weights) == len(one.target)
            for row, same in zip(one.weights, other.weights, strict=True):
                assert len(row) == len(one.source)
                assert list(row) == pytest.approx(list(same), abs=1e-3)
        # nor is it the same everywhere
        assert len({max(range(len(row)), key=row.__getitem__) for row in found[0][0].weights}) > 1

    @pytest.mark.parametrize("engine", ENGINES)
    def test_other_documents_change_nothing(
        self, random_checkpoint: Path, load_checkpoint: Callable[..., TextModel], engine: str
    ) -> None:
        model = replace(load_checkpoint(random_checkpoint, engine=engine), alignment=True)
        one = [(RUSSIAN[0], "Fog lay over the river."), (RUSSIAN[1], "Maps.")]
        other = [(text, "The plant made bicycles.") for text in RUSSIAN]
        alone = attend(model, [one], source="ru", target="en")
        among = attend(model, [other, one, other], source="ru", target="en")
        assert among[1] == alone[0]

    def test_what_cannot_be_aligned(
        self, guided: Path, load_checkpoint: Callable[..., TextModel]
    ) -> None:
        model = load_checkpoint(guided)
        assert can_attend(model)
        short = replace(model, max_source_tokens=8, max_output_tokens=8)
        pairs = [("а б в г д е ж.", "a"), ("а", "a b c d e f g"), ("", "a"), ("а", ""), ("а", "a")]
        (found,) = attend(short, [pairs], source="ru", target="en")
        assert [attended is not None for attended in found] == [False] * 4 + [True]

    def test_an_engine_that_fails_costs_one_sentence(
        self,
        guided: Path,
        load_checkpoint: Callable[..., TextModel],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        model = load_checkpoint(guided)
        attention = type(model.engine).attention  # type: ignore[attr-defined]

        def failing(self: Any, batch: Any, outputs: Any) -> Any:
            if any(len(row) > 20 for row in outputs):
                raise GenerationError("out of memory")
            return attention(self, batch, outputs)

        monkeypatch.setattr(type(model.engine), "attention", failing)
        pairs = [("а", "a"), ("б", "." * 30), ("в", "c"), ("г", "d")]
        (found,) = attend(model, [pairs], source="ru", target="en")
        assert [attended is not None for attended in found] == [True, False, True, True]


class TestLinks:
    def test_pieces_are_put_together(self) -> None:
        source, target = "красный дом, да", "big house"
        columns = (Span(0, 4), Span(4, 7), Span(7, 11), Span(11, 12), Span(12, 15), None)
        rows = (
            (0.1, 0.1, 0.5, 0.1, 0.1, 0.1),
            (0.1, 0.1, 0.1, 0.1, 0.1, 0.5),  # to the end: nothing in particular
        )
        links = links_of(source, target, Attended(columns, (Span(0, 3), Span(3, 9)), rows))
        # the red one has the most of "big", though not enough to be what it stands for
        assert [(one.source.of(source), one.target.of(target)) for one in links] == [
            ("красный", "big"),
            ("дом", "big"),
        ]

    def test_words_without_attention_have_no_links(self) -> None:
        attended = Attended((Span(0, 2), None), (Span(0, 2),), ((0.05, 0.95),))
        assert links_of("да", "ok", attended) == ()
        assert links_of("да", "...", Attended((Span(0, 2),), (Span(0, 3),), ((1.0,),))) == ()

    def test_places_of_a_source_on_one_line(self) -> None:
        text, source = "торгово-\n  экономи-\nческий  союз", "торгово-экономический союз"
        places = places_in(text, source)
        assert places is not None
        assert [text[at] for at in places[:-1]] == [*source[:-5], "  союз"[1], *"союз"]
        assert places[-1] == len(text)
        assert places_in("другой текст", source) is None

    @pytest.mark.parametrize("text", ["Он — «глава» 5 % (или 6)…", "«Да», — сказал он ; и всё"])
    def test_places_before_punctuation_was_changed(self, text: str) -> None:
        changed = normalise(text, language="ru")
        assert changed != text
        back = positions_before(changed, text)
        assert back is not None
        assert back == sorted(back)
        for match in re.finditer(r"\w+", changed):
            assert text[back[match.start()] : back[match.end() - 1] + 1] == match[0]
        assert positions_before("раз два", "раз три") is None

    @pytest.mark.parametrize(
        "text", ["Он — «глава»   района № 5, да…", "Стоимость (без НДС) – 5 % от цены ½"]
    )
    def test_tokens_of_a_codec_are_found_in_the_text(
        self, copying_checkpoint: Path, text: str
    ) -> None:
        from tolmach.inference.codecs import MarianCodec

        codec = MarianCodec(copying_checkpoint, language_tokens={}, normalise_punctuation=True)
        read = codec.locate(text, source="ru", target="en")
        assert read is not None
        assert read.encoded == codec.encode(text, source="ru", target="en")
        assert len(read.spans) == len(read.encoded)
        for token, span in zip(read.encoded.tokens, read.spans, strict=True):
            letters = token.strip("▁")
            if span is not None and letters.isalpha() and letters in text:
                assert re.sub(r"\W", "", span.of(text)) == letters
        written = codec.locate_output(text)
        assert written is not None
        assert written[0] == codec.target(text)


class TestProjecting:
    SOURCE = "Вчера Пушкин открыл старый мост"
    TARGET = "The old bridge was opened by Pushkin yesterday"
    WORDS = (("Вчера", "yesterday"), ("открыл", "opened"), ("старый", "old"), ("мост", "bridge"))

    def links(self, *more: tuple[str, str]) -> tuple[Link, ...]:
        return tuple(
            Link(
                Span(self.SOURCE.index(one), self.SOURCE.index(one) + len(one)),
                Span(self.TARGET.index(other), self.TARGET.index(other) + len(other)),
            )
            for one, other in (*self.WORDS, *more)
        )

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ("Вчера", "yesterday"),
            ("старый мост", "old bridge"),
            ("мост", "bridge"),
            ("открыл старый мост", "old bridge was opened"),
            ("Вчера Пушкин", "Pushkin yesterday"),
        ],
    )
    def test_ranges(self, part: str, expected: str) -> None:
        start = self.SOURCE.index(part)
        span = Span(start, start + len(part))
        place = project(self.SOURCE, self.TARGET, span, self.links())
        assert place.span.of(self.TARGET) == expected
        assert place.trust >= Trust.LIKELY

    def test_points(self) -> None:
        at = self.SOURCE.index("мост")
        place = project(self.SOURCE, self.TARGET, Span(at, at), self.links())
        assert self.TARGET[place.span.start :].startswith("bridge")
        at = self.SOURCE.index(" открыл")
        place = project(self.SOURCE, self.TARGET, Span(at, at), self.links())
        assert self.TARGET[: place.span.start].endswith("Pushkin")
        assert place.trust is Trust.CERTAIN

    def test_what_the_texts_say_comes_first(self) -> None:
        wrong = self.links(("Пушкин", "bridge"))
        start = self.SOURCE.index("Пушкин")
        place = project(self.SOURCE, self.TARGET, Span(start, start + 6), wrong)
        assert place.span.of(self.TARGET) == "Pushkin"
        assert place.trust is Trust.CERTAIN
        assert align(self.SOURCE, self.TARGET, wrong).owners[2] == {4}

    def test_links_that_contradict_the_texts_are_not_used(self) -> None:
        source, target = "Пушкин и Гоголь видели 15 мостов", "In 15 places Gogol met Pushkin"
        said = [("Пушкин", "15"), ("Гоголь", "places"), ("15", "Pushkin"), ("видели", "In")]
        links = tuple(
            Link(
                Span(source.index(one), source.index(one) + len(one)),
                Span(target.index(other), target.index(other) + len(other)),
            )
            for one, other in said
        )
        assert align(source, target, links).owners == ()
        assert align(source, target, links[3:]).owners[0] == {3}

    def test_one_stray_link_does_not_stretch_a_mark(self) -> None:
        links = self.links(("мост", "yesterday"))
        start = self.SOURCE.index("старый")
        place = project(self.SOURCE, self.TARGET, Span(start, len(self.SOURCE)), links)
        assert place.span.of(self.TARGET) == "old bridge"


class TestRuns:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_marks_are_on_the_right_words_of_html(
        self,
        open_one: Callable[..., Pipeline],
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
        engine: str,
    ) -> None:
        known = dictionary(grammar)
        text = "\n".join(tagged(words, ("b", 1, 1), ("a", 6, 6)) for words in sentences)
        (tmp_path / "a.html").write_text(f"<div>{text}</div>", encoding="utf-8")
        pipeline = open_one(engine=engine)
        (item,) = pipeline.items([Input("a.html", path=tmp_path / "a.html")], to=["en"])
        assert item.failure is None
        written = (tmp_path / "out/en/a.html").read_text(encoding="utf-8")
        assert re.sub(r"<[^>]*>", "", written).split("\n") == [
            written_of(grammar, words) for words in sentences
        ]
        assert in_tag(written, "b") == [known[words[1]] for words in sentences]
        assert in_tag(written, "a") == [known[words[6]] for words in sentences]
        article = item.articles["en"]
        assert article.signature["alignment"] == "guided"
        assert [one.code for one in article.all_warnings() if one.code == "markup_moved"] == []

    def test_phrases(
        self,
        open_one: Callable[..., Pipeline],
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
    ) -> None:
        known = dictionary(grammar)
        chosen = [(words, pair) for words in sentences for pair in adjacent(grammar, words)]
        assert len(chosen) > 5
        text = "\n".join(tagged(words, ("b", *pair)) for words, pair in chosen)
        (tmp_path / "a.html").write_text(f"<div>{text}</div>", encoding="utf-8")
        list(open_one().items([Input("a.html", path=tmp_path / "a.html")], to=["en"]))
        written = (tmp_path / "out/en/a.html").read_text(encoding="utf-8")
        for (words, (first, last)), found in zip(chosen, in_tag(written, "b"), strict=True):
            right = [known[words[first]], known[words[last]]]
            assert sorted(found.strip(".").split()) == sorted(right)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_and_of_word(
        self,
        open_one: Callable[..., Pipeline],
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
        engine: str,
    ) -> None:
        known = dictionary(grammar)
        paragraphs = [
            paragraph(
                run(f"{words[0]} "),
                run(words[1], "<w:b/>"),
                run(f" {' '.join(words[2:6])} "),
                run(words[6], "<w:i/>"),
                run(f" {words[7]}."),
            )
            for words in sentences
        ]
        (tmp_path / "a.docx").write_bytes(document(*paragraphs))
        pipeline = open_one(engine=engine)
        list(pipeline.items([Input("a.docx", path=tmp_path / "a.docx")], to=["en"]))
        data = (tmp_path / "out/en/a.docx").read_bytes()
        root = etree.fromstring(members_of(data)["word/document.xml"])
        for tag, place in (("b", 1), ("i", 6)):
            found = [
                "".join(part.text or "" for part in one.iter(f"{W}t")).strip()
                for one in root.iter(f"{W}r")
                if one.find(f"{W}rPr/{W}{tag}") is not None
            ]
            assert found == [known[words[place]] for words in sentences]

    def test_a_card_that_does_not_say_so_is_not_asked(
        self,
        open_one: Callable[..., Pipeline],
        unguided: Path,
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
        counted: list[TextModel],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        text = "\n".join(tagged(words, ("a", 1, 1)) for words in sentences)
        (tmp_path / "a.html").write_text(f"<div>{text}</div>", encoding="utf-8")
        monkeypatch.setattr(tolmach.markup.stage, "attend", None)
        (item,) = open_one(unguided).items([Input("a.html", path=tmp_path / "a.html")], to=["en"])
        assert item.failure is None
        assert not can_attend(counted[0])
        known = dictionary(grammar)
        found = in_tag((tmp_path / "out/en/a.html").read_text(encoding="utf-8"), "a")
        right = [one == known[words[1]] for one, words in zip(found, sentences, strict=True)]
        assert sum(right) < len(right) / 2
        article = item.articles["en"]
        assert "alignment" not in article.signature
        assert all(segment.links is None for segment in article.segments)
        assert [one for one in article.all_warnings() if one.code == "markup_moved"]

    def test_another_model_can_be_asked(
        self,
        open_one: Callable[..., Pipeline],
        guided: Path,
        unguided: Path,
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
        counted: list[TextModel],
        memory_file: MemoryFile,
    ) -> None:
        known = dictionary(grammar)
        text = "\n".join(tagged(words, ("a", 1, 1)) for words in sentences)
        (tmp_path / "a.html").write_text(f"<div>{text}</div>", encoding="utf-8")
        names = []
        for out in ("one", "two"):
            with open_one(unguided, ask=guided, out=out) as pipeline:
                (item,) = pipeline.items([Input("a.html", path=tmp_path / "a.html")], to=["en"])
            written = (tmp_path / out / "en/a.html").read_text(encoding="utf-8")
            assert in_tag(written, "a") == [known[words[1]] for words in sentences]
            assert item.articles["en"].signature["model"] == "unguided"
            assert item.articles["en"].signature["alignment"] == "guided"
            names.append([model.name for model in counted])
        # the second time all translations were known
        assert names == [["unguided", "guided"], ["unguided", "guided", "guided"]]
        assert memory_file.path.exists()

    def test_only_a_model_with_alignment_can_be_asked(
        self,
        open_one: Callable[..., Pipeline],
        unguided: Path,
        sentences: list[list[str]],
        tmp_path: Path,
    ) -> None:
        for name, mark in (("a.html", [("b", 1, 1)]), ("b.html", [])):
            (tmp_path / name).write_text(tagged(sentences[0], *mark), encoding="utf-8")
        inputs = [Input(name, path=tmp_path / name) for name in ("a.html", "b.html")]
        first, second = open_one(unguided, ask=unguided).items(inputs, to=["en"])
        assert "unguided does not say that its attention" in str(first.failure)
        assert second.failure is None
        with pytest.raises(ConfigError, match="'ru' is no target language"):
            load_config(tmp_path / "all.yaml").with_options("align", models={"ru": ("embedded",)})

    def test_what_is_asked_decides_the_fingerprint(
        self, open_one: Callable[..., Pipeline], guided: Path, unguided: Path
    ) -> None:
        found = set()
        for folder, ask in ((guided, None), (unguided, None), (unguided, guided)):
            with open_one(folder, ask=ask) as pipeline:
                found.add(pipeline.fingerprint(to=["en"], approved={}))
        assert len(found) == 3

    def test_words_that_stay_do_not_disturb_the_others(
        self,
        open_one: Callable[..., Pipeline],
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
    ) -> None:
        known = dictionary(grammar)
        text = "\n".join(tagged(words, ("code", 2, 2), ("b", 5, 5)) for words in sentences)
        (tmp_path / "a.html").write_text(f"<div>{text}</div>", encoding="utf-8")
        (item,) = open_one().items([Input("a.html", path=tmp_path / "a.html")], to=["en"])
        written = (tmp_path / "out/en/a.html").read_text(encoding="utf-8")
        assert in_tag(written, "code") == [words[2] for words in sentences]
        links = [segment.links for segment in item.articles["en"].segments]
        assert [one.target for one in links if one] == re.sub(r"<[^>]*>", "", written).split("\n")
        # what was put back is a word that the model would not have written there
        found = in_tag(written, "b")
        right = [one == known[words[5]] for one, words in zip(found, sentences, strict=True)]
        assert sum(right) >= len(right) * 0.75

    def test_from_the_memory_as_from_the_model(
        self,
        open_one: Callable[..., Pipeline],
        grammar: Any,
        sentences: list[list[str]],
        tmp_path: Path,
        memory_file: MemoryFile,
        counted: list[TextModel],
    ) -> None:
        for number, words in enumerate(sentences):
            text = tagged(words, ("b", 1, 1), ("a", 6, 6)) + tagged(words[::-1], ("i", 2, 3))
            (tmp_path / f"{number}.html").write_text(text, encoding="utf-8")
        inputs = [Input(f"{n}.html", path=tmp_path / f"{n}.html") for n in range(len(sentences))]

        def outputs(out: str, some: list[Input] = inputs) -> tuple[list[Item], list[bytes]]:
            with open_one(out=out) as pipeline:
                items = list(pipeline.items(some, to=["en"]))
            return items, [(tmp_path / out / "en" / one.name).read_bytes() for one in inputs]

        first, expected = outputs("one")
        again, remembered = outputs("two")
        assert remembered == expected
        assert len(counted) == 2
        for one, other in zip(first, again, strict=True):
            assert {s.origin for s in other.articles["en"].segments} == {Origin.MEMORY}
            assert one.articles["en"].signature == other.articles["en"].signature
        # approved as it is, some of it; and not in one run
        memory_file.approve(
            [Approved(text_of(words), written_of(grammar, words)) for words in sentences[::2]],
            ("ru", "en"),
        )
        for one in inputs[:-1]:
            with open_one(out="three") as pipeline:
                list(pipeline.items([one], to=["en"]))
        _, approved = outputs("three", inputs[-1:])
        assert approved == expected

    def test_without_markup_no_model_is_loaded(
        self,
        open_one: Callable[..., Pipeline],
        sentences: list[list[str]],
        tmp_path: Path,
        memory_file: MemoryFile,
        counted: list[TextModel],
    ) -> None:
        whole = "".join(f"<p><b>{text_of(words)}</b><br></p>" for words in sentences)
        (tmp_path / "a.html").write_text(whole, encoding="utf-8")
        (tmp_path / "b.txt").write_text("\n\n".join(map(text_of, sentences)), encoding="utf-8")
        inputs = [Input(name, path=tmp_path / name) for name in ("a.html", "b.txt")]
        for loaded in (1, 1):
            with open_one() as pipeline:
                items = list(pipeline.items(inputs, to=["en"]))
            assert [item.failure for item in items] == [None, None]
            assert all("align" not in item.seconds for item in items)
            assert len(counted) == loaded
        assert memory_file.path.exists()

    def test_documents_keep_their_order(
        self, open_one: Callable[..., Pipeline], sentences: list[list[str]], tmp_path: Path
    ) -> None:
        pages = []
        for number, words in enumerate(sentences * 3):
            plain = number % 3 == 0
            text = text_of(words) if plain else tagged(words, ("b", 1, 1))
            path = tmp_path / f"{number:02}.html"
            path.write_text(text, encoding="utf-8")
            pages.append(Input(path.name, path=path))
        items = list(open_one().items(pages, to=["en"]))
        assert [item.source.name for item in items] == [page.name for page in pages]
        asked = ["align" in item.seconds for item in items]
        assert asked == [number % 3 != 0 for number in range(len(pages))]

    def test_a_run_that_goes_on_writes_the_same(
        self, command: Command, guided: Path, sentences: list[list[str]]
    ) -> None:
        command = replace(command, model=guided)
        command.write("all.yaml", STAGES)
        common = ("translate", "news", "--pipeline", "all.yaml", "--to", "en", "--quiet")
        for number, words in enumerate(sentences):
            command.write(f"news/{number:02}.html", tagged(words, ("b", 1, 1), ("a", 6, 6)))
        assert command(*common, "--out", "whole").code == 0
        some = command.folder / "news"
        late = [path.rename(some.parent / path.name) for path in sorted(some.iterdir())[5:]]
        assert command(*common, "--out", "out").code == 0
        for path in late:
            path.rename(some / path.name)
        result = command(*common, "--out", "out")
        assert result.report()["totals"]["resumed"] == 5
        for number in range(len(sentences)):
            name = f"en/{number:02}.html"
            whole = (command.folder / "whole" / name).read_bytes()
            assert (command.folder / "out" / name).read_bytes() == whole
        # with another card the marks may move, so all is done again
        card = guided / "tolmach-card.yaml"
        usual = card.read_text()
        card.write_text(json.dumps(json.loads(usual) | {"alignment": False}))
        try:
            assert command(*common, "--out", "out").report()["totals"]["resumed"] == 0
        finally:
            card.write_text(usual)

    def test_it_comes_after_the_translation(self, tmp_path: Path) -> None:
        path = tmp_path / "wrong.yaml"
        late, early = "  - align\n", "  - split\n"
        path.write_text(STAGES.replace(late, "").replace(early, early + late))
        with pytest.raises(ConfigError, match="'align' needs translate"):
            load_config(path)

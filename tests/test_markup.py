"""Inline markup: each tag once, well-formed, where it belongs."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.assembly import assemble, retargeted
from tolmach.document import (
    Action,
    Article,
    Block,
    Document,
    EditorWarning,
    Kind,
    Link,
    Links,
    Mark,
    Origin,
    Span,
    TargetBlock,
    TargetMark,
)
from tolmach.markup import Close, Node, Open, events, nested, parents_of, place_marks
from tolmach.segmentation import razdel_splitter, segment

SENTENCES = [
    "Премьер-министр прибыл в Ханой.",
    "Товарооборот вырос на 15,5 процента в 2024 году.",
    "Компания «Вьетджет» открыла 12 рейсов.",
    "Он сказал: «Мы довольны».",
    "Да.",
]
TARGETS = st.text(st.sampled_from("ab xyz15,«».(-"), min_size=1, max_size=60).filter(str.strip)


def document_of(text: str, marks: list[tuple[str, int, int]]) -> Document:
    block = Block(Kind.BODY, Span(0, len(text)), Action.TRANSLATE)
    found = tuple(Mark(key, Span(start, end)) for key, start, end in marks)
    bare = Document("a.html", text, blocks=(block,), marks=found)
    return segment(bare, splitter=razdel_splitter())


def article_of(document: Document, targets: list[str] | None = None) -> Article:
    article = assemble(document, {}, to="en", signature={})
    if targets is None:
        return article
    written = itertools.cycle(targets)
    segments = [replace(s, target=next(written), translated=True) for s in article.segments]
    return retargeted(article, segments)


def placed(text: str, part: str, target: str, *, name: str = "bold") -> str:
    """Return what a mark over ``part`` covers in a translation."""
    start = text.index(part)
    document = document_of(text, [(f"{name}-1", start, start + len(part))])
    (block,) = place_marks(article_of(document, [target])).blocks
    (mark,) = block.marks
    return mark.span.of(block.text)


@st.composite
def marked(draw: st.DrawFn) -> Document:
    """Sentences with nested or disjoint marks, outer ones first."""
    text = " ".join(draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3)))
    marks: list[tuple[str, int, int]] = []

    def ranges(start: int, end: int, depth: int, outer: str) -> None:
        if depth == 0 or not draw(st.booleans()):
            return
        first = draw(st.integers(start, end))
        last = draw(st.integers(first, end))
        name = draw(st.sampled_from(["bold", "link", "note", "break"]))
        key = f"{outer}{name}-{len(marks) + 1}"
        marks.append((key, first, last))
        if last > first:
            ranges(first, last, depth - 1, f"{key}.")
        ranges(last, end, depth - 1, outer)

    ranges(0, len(text), 3, "")
    return document_of(text, marks)


def linked(article: Article, data: st.DataObject) -> Article:
    """Return the article with links, right or wrong, of any words in its segments."""

    def spans(text: str) -> st.SearchStrategy[Span]:
        edges = st.lists(st.integers(0, len(text)), min_size=2, max_size=2)
        return edges.map(sorted).map(lambda pair: Span(*pair))

    blocks = []
    for block in article.blocks:
        segments = []
        for one in block.segments:
            pairs = st.builds(Link, spans(one.source), spans(one.target))
            links = Links(one.target, tuple(data.draw(st.lists(pairs, max_size=12))))
            segments.append(replace(one, links=links))
        blocks.append(replace(block, segments=tuple(segments)))
    return replace(article, blocks=tuple(blocks))


@given(marked())
def test_an_unchanged_text_keeps_its_marks_in_their_places(document: Document) -> None:
    (block,) = place_marks(article_of(document)).blocks
    assert block.text == document.text
    assert [(mark.key, mark.span) for mark in block.marks] == [
        (mark.key, mark.span) for mark in document.marks
    ]


@pytest.mark.parametrize("asked", [False, True])
@given(document=marked(), targets=st.lists(TARGETS, min_size=1, max_size=3), data=st.data())
def test_whatever_the_translation_each_mark_is_there_once_and_nested_as_it_was(
    document: Document, targets: list[str], data: st.DataObject, asked: bool
) -> None:
    article = article_of(document, targets)
    article = place_marks(linked(article, data) if asked else article)
    (block,) = article.blocks
    assert sorted(mark.key for mark in block.marks) == sorted(mark.key for mark in document.marks)
    for mark in block.marks:
        assert 0 <= mark.span.start <= mark.span.end <= len(block.text)

    def parents(marks: tuple[Mark, ...] | tuple[TargetMark, ...]) -> dict[str, str]:
        found = zip(marks, parents_of(marks), strict=True)
        return {mark.key: marks[outer].key if outer >= 0 else "" for mark, outer in found}

    assert parents(block.marks) == parents(document.marks)
    # well-formed, and no character is lost or written twice
    opened: list[str] = []
    text = ""
    for event in events(block.text, block.marks):
        if isinstance(event, Open):
            opened.append(event.key)
        elif isinstance(event, Close):
            assert opened.pop() == event.key
        else:
            text += event
    assert opened == []
    assert text == block.text
    # again, it is the same
    assert place_marks(article) == article


@pytest.mark.parametrize("asked", [False, True])
@given(document=marked(), targets=st.lists(TARGETS, min_size=1, max_size=3), data=st.data())
def test_no_mark_cuts_a_word_or_a_number(
    document: Document, targets: list[str], data: st.DataObject, asked: bool
) -> None:
    article = article_of(document, targets)
    (block,) = place_marks(linked(article, data) if asked else article).blocks
    cut = re.compile(r"\w\w|\d[.,]\d")
    source = {mark.key: mark.span for mark in document.marks}
    for mark in block.marks:
        inside = source[mark.key]
        if inside.of(document.text).isdigit() and len(mark.span) == len(inside):
            continue  # a figure beside letters, as in "km2"
        for edge in (mark.span.start, mark.span.end):
            assert not cut.fullmatch(block.text[edge - 1 : edge + 1] if edge else "")


@pytest.mark.parametrize(
    ("text", "part", "target", "expected"),
    [
        # a whole sentence, and what is the same in both languages
        ("Он пришёл.", "Он пришёл.", "He came.", "He came."),
        ("Рост составил 15 процентов за год.", "15", "Over the year it grew by 15 percent.", "15"),
        ("Сообщает Reuters из Ханоя.", "Reuters", "From Hanoi, Reuters reports.", "Reuters"),
        # names by their sound
        ("В среду Москва ответила.", "Москва", "Moskva replied on Wednesday.", "Moskva"),
        # where nothing is known, the place counts
        ("один два три четыре", "один", "one two three four", "one"),
        ("один два три четыре", "четыре", "one two three four", "four"),
        # emphasis does not mean words of grammar
        ("начался визит министра", "визит", "the visit of the minister began", "visit"),
        ("два кофе утром", "кофе", "hai cà và phê", "cà"),
    ],
)
def test_marks_find_what_they_stand_for(text: str, part: str, target: str, expected: str) -> None:
    assert placed(text, part, target) == expected


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        (
            "Площадь парка 40 км2 у моря.",
            "The park covers 40 km2 by the sea.",
            "The park covers 40 km[2] by the sea.",
        ),
        (
            "Площадь парка 40 км2 у моря.",
            "The park covers 40 km² by the sea.",
            "The park covers 40 km[²] by the sea.",
        ),
        (
            "Площадь парка 40 км2 у моря.",
            "Công viên rộng 40 km2 ở ven biển.",
            "Công viên rộng 40 km[2] ở ven biển.",
        ),
        ("Выбросы CO2 выросли.", "Emissions of CO2 grew.", "Emissions of CO[2] grew."),
        # no figure is there: no word is set small
        ("Площадь парка 40 км2 у моря.", "The park is large.", "The park is[] large."),
        ("Рост 15 и 2 за год.", "Growth of 15 and 2 a year.", "Growth of 15 and [2] a year."),
    ],
)
def test_small_figures_stay_with_their_letters(text: str, target: str, expected: str) -> None:
    start = text.index("2")
    document = document_of(text, [("raised-1", start, start + 1)])
    (block,) = place_marks(article_of(document, [target])).blocks
    (mark,) = block.marks
    start, end = mark.span.start, mark.span.end
    assert f"{target[:start]}[{target[start:end]}]{target[end:]}" == expected


def test_a_mark_over_two_sentences_covers_both() -> None:
    text = "Он пришёл. Она ушла. Все спят."
    document = document_of(text, [("bold-1", 0, 20)])
    (block,) = place_marks(article_of(document, ["He came.", "She left.", "All sleep."])).blocks
    assert [mark.span.of(block.text) for mark in block.marks] == ["He came. She left."]


def test_a_link_that_may_be_in_the_wrong_place_is_told() -> None:
    text = "Вчера вечером здесь долго шёл сильный холодный дождь"
    part = "долго шёл"
    start = text.index(part)
    target = "A strong and cold rain fell for a long time here in the evening of yesterday"
    found = {}
    for name in ("link", "break"):
        document = document_of(text, [(f"{name}-1", start, start + len(part) * (name == "link"))])
        article = place_marks(article_of(document, [target]))
        found[name] = [w.code for s in article.segments for w in s.warnings]
    assert found == {"link": ["markup_moved"], "break": []}


def test_a_tree() -> None:
    marks = (TargetMark("link-1", Span(0, 7)), TargetMark("link-1.bold-2", Span(4, 7)))
    assert nested("Новый дом", marks) == Node(
        "", (Node("link-1", ("Новы", Node("link-1.bold-2", ("й д",)))), "ом")
    )


class TestFixedTexts:
    """Code and what is not to be translated: exactly once, whatever the model made of it."""

    @pytest.mark.parametrize(
        ("source", "fixed", "target", "expected"),
        [
            (
                "Откройте файл [настройки.yaml] сейчас.",
                "настройки.yaml",
                "Open the settings.yaml file now.",
                "Open the [настройки.yaml] file now.",
            ),
            (
                "Функция [открыть()] вернёт ошибку.",
                "открыть()",
                "The opening() function returns an error.",
                "The [открыть()] function returns an error.",
            ),
            (
                "Компания [Рассвет] открыла завод.",
                "Рассвет",
                "Company Rassvet has opened a plant.",
                "Company [Рассвет] has opened a plant.",
            ),
            (
                "Запустите [make test] в терминале.",
                "make test",
                "Run Make Test in the terminal.",
                "Run [make test] in the terminal.",
            ),
            (
                "Запустите [make test] в терминале.",
                "make test",
                "In the terminal run make test.",
                "In the terminal run [make test].",
            ),
            ("[Рассвет]", "Рассвет", "Daybreak is here", "[Рассвет]"),
        ],
    )
    def test_in_the_place_of_what_was_written(
        self, source: str, fixed: str, target: str, expected: str
    ) -> None:
        article = self.placed(source, [target])
        (block,) = article.blocks
        assert self.shown(block) == expected
        assert block.text.count(fixed) == 1
        assert not block.segments[0].warnings
        assert place_marks(article) == article

    def test_what_is_not_found_is_put_in_and_said(self) -> None:
        article = self.placed("Компания [Рассвет] открыла завод в городе.", ["Some other words."])
        (block,) = article.blocks
        assert block.text.count("Рассвет") == 1
        # nothing is lost
        assert block.text.replace("Рассвет", "").split() == ["Some", "other", "words."]
        (warning,) = block.segments[0].warnings
        assert warning.code == "keep_missing"
        assert "Рассвет" in warning.message

    def test_the_same_twice(self) -> None:
        article = self.placed(
            "Команда [ls] и снова [ls] и [cd].", ["The command ls and again LS and CD."]
        )
        (block,) = article.blocks
        assert self.shown(block) == "The command [ls] and again [ls] and [cd]."

    def test_warnings_move_with_the_words(self) -> None:
        document = self.document("Файл [дом.txt] весит 12 мегабайт.")
        article = article_of(document, ["The house.txt file has 13 megabytes."])
        (segment,) = article.segments
        span = Span(segment.target.index("13"), segment.target.index("13") + 2)
        at = document.text.index("дом.txt")
        warnings = (
            EditorWarning("number_invented", "13", target=span),
            EditorWarning("token_altered", "дом.txt", source=Span(at, at + 7)),
        )
        marked = place_marks(retargeted(article, [replace(segment, warnings=warnings)]))
        (segment,) = marked.segments
        (warning,) = segment.warnings  # the file name did come through in the end
        assert warning.target is not None
        assert warning.target.of(segment.target) == "13"

    def test_what_an_editor_approved_stays(self) -> None:
        document = self.document("Файл [дом.txt] открыт.")
        article = article_of(document, ["The house.txt file is open."])
        segments = [replace(s, origin=Origin.APPROVED) for s in article.segments]
        approved = retargeted(article, segments)
        assert place_marks(approved).text == approved.text

    @given(
        st.lists(st.sampled_from(["ls", "дом.txt", "f()", "а", "Ctrl+C", "x y"]), max_size=4),
        TARGETS,
    )
    def test_nothing_is_lost(self, fixed: list[str], target: str) -> None:
        article = self.placed("Он " + " и ".join(f"[{text}]" for text in fixed) + " дал.", [target])
        (block,) = article.blocks
        marks = [mark.span.of(block.text) for mark in block.marks]
        assert sorted(marks) == sorted(fixed)
        assert place_marks(article) == article

    @staticmethod
    def document(text: str) -> Document:
        """Return a document with what stands in square brackets fixed."""
        marks: list[tuple[str, int, int]] = []
        bare = ""
        for number, part in enumerate(re.split(r"[\[\]]", text)):
            if number % 2:
                marks.append((f"code-{number}", len(bare), len(bare) + len(part)))
            bare += part
        document = document_of(bare, marks)
        return replace(document, marks=tuple(replace(m, fixed=True) for m in document.marks))

    def placed(self, text: str, targets: list[str]) -> Article:
        return place_marks(article_of(self.document(text), targets))

    @staticmethod
    def shown(block: TargetBlock) -> str:
        text = block.text
        for mark in sorted(block.marks, key=lambda mark: -mark.span.start):
            text = f"{text[: mark.span.start]}[{mark.span.of(text)}]{text[mark.span.end :]}"
        return text

"""Assembly: the target text has the form of its source."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.assembly import assemble, polish
from tolmach.cleaning import clean
from tolmach.document import Action, Article, Document, EditorWarning, Kind, Severity, Span
from tolmach.readers import read_path, read_text
from tolmach.segmentation import SPLITTERS, segment
from tolmach.translation.translator import Translated

ROOT = Path(__file__).resolve().parent.parent
SEEDS = sorted((ROOT / "seeds").rglob("*.txt"))
ALL = dict.fromkeys(Kind, Action.TRANSLATE)


def prepared(source: str | Path, *, actions: dict[Kind, Action] | None = None) -> Document:
    document = (
        read_path(source, name=source.name) if isinstance(source, Path) else read_text(source)
    )
    cleaned = clean(document, actions=ALL if actions is None else actions)
    return segment(cleaned, splitter=SPLITTERS["razdel"]())


def identity(document: Document, *, to: str = "vi") -> Article:
    found = {
        index: Translated(index, part.source)
        for index, part in enumerate(document.segments)
        if part.translate
    }
    return assemble(document, found, to=to, signature={})


def verbatim(document: Document, *, to: str = "vi") -> str:
    return assemble(document, {}, to=to, signature={}).text


def replaced(source: str, targets: dict[str, str], *, to: str = "en") -> Article:
    document = prepared(source)
    found = {
        index: Translated(index, targets.get(part.source, "Words."))
        for index, part in enumerate(document.segments)
        if part.translate
    }
    return assemble(document, found, to=to, signature={})


SENTENCES = st.sampled_from(
    [
        "Утром над рекой стоял туман, и лодки вышли на лов позже обычного.",
        "Завод увеличил выпуск на 15,5 % по сравнению с 2024 г.",
        "Поезд Ханой — Хюэ прибывает в 6:45 утра!",
        "Кто вернёт маршрут?",
        "VinFast will build a plant in Hai Phong by the end of the year.",
    ]
)
LINES = st.builds(
    "{}{}".format,
    st.sampled_from(["", "", "", "1. ", "12) ", "— ", "• ", "- "]),
    st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join),
)
GAPS = st.sampled_from(["\n", "\n\n", "\n\n\n", " \n\n", "\n \t\n", "\n    "])


@st.composite
def pages(draw: st.DrawFn) -> str:
    lines = draw(st.lists(LINES, min_size=1, max_size=6))
    gaps = [draw(GAPS) for _ in lines]
    gaps[-1] = draw(st.sampled_from(["", "\n", "\n\n"]))
    return draw(st.sampled_from(["", "\n"])) + "".join(
        line + gap for line, gap in zip(lines, gaps, strict=True)
    )


@settings(deadline=None, max_examples=120)
@given(pages())
def test_identity_translation_gives_the_text_back(page: str) -> None:
    document = prepared(page)
    article = identity(document)
    assert article.text == document.text
    assert verbatim(document) == document.text
    assert [s.source for s in article.segments] == [s.source for s in document.segments]


# no bracket: "а)" is a list marker and changes its alphabet
@settings(deadline=None, max_examples=200)
@given(st.text('абвАБВ aB.,!«»—-1\n\t\u00a0…"', min_size=1, max_size=120))
def test_a_text_without_translations_stays_as_it_is(page: str) -> None:
    if not page.strip():
        return
    document = prepared(page)
    assert verbatim(document) == document.text
    assert verbatim(document, to="en").replace("\n", "") in document.text.replace("\n", "")


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_identity_over_the_samples(path: Path) -> None:
    document = prepared(path)
    assert verbatim(document) == document.text

    article = identity(document)
    # inside segments white space is folded and quotation marks become those of the target
    assert _plain(article.text) == _plain(document.text)
    assert article.text.count("\n\n") == document.text.count("\n\n")
    assert len(article.blocks) == len(document.blocks)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub('[«»„“”"]', "'", text))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_dropped_blocks_leave_no_wider_gaps(path: Path) -> None:
    document = prepared(path, actions={})
    dropped = [block for block in document.blocks if block.action is Action.DROP]
    article = identity(document)
    widest = max(map(len, re.findall("\n+", document.text.strip())), default=0)
    assert max(map(len, re.findall("\n+", article.text.strip())), default=0) <= widest
    assert not article.text.startswith(("\n", " "))
    assert all(block.text == "" for block in article.blocks if block.action is Action.DROP)
    kept = [block.text for block in article.blocks if block.action is not Action.DROP]
    assert re.sub(r"\s+", "", article.text) == re.sub(r"\s+", "", "".join(kept))
    assert bool(dropped) or article.text.strip() == identity(prepared(path)).text.strip()


@settings(deadline=None, max_examples=100)
@given(st.lists(st.booleans(), min_size=1, max_size=7), st.sampled_from(["\n", "\n\n", "\n\n\n"]))
def test_gaps_around_dropped_blocks_are_not_added_up(drops: list[bool], gap: str) -> None:
    lines = [f"Строка номер {number} осталась на месте." for number, _ in enumerate(drops)]
    document = prepared(gap.join(lines) + "\n")
    blocks = tuple(
        replace(block, action=Action.DROP, segments=()) if drop else block
        for block, drop in zip(document.blocks, drops, strict=True)
    )
    article = identity(replace(document, blocks=blocks))
    kept = [line for line, drop in zip(lines, drops, strict=True) if not drop]
    assert article.text == (gap.join(kept) + "\n" if kept else "")


def test_paragraphs_lists_and_dialogues_keep_their_form() -> None:
    source = (
        "1. Первый пункт плана.\n2. Второй пункт плана.\n\n"
        "— Когда придёт поезд? — спросил мальчик.\n— Утром.\n\n\n• Последний вопрос повестки.\n"
    )
    article = replaced(source, {})
    assert re.findall(r"^(\d\.|—|•) ", article.text, re.MULTILINE) == ["1.", "2.", "—", "—", "•"]
    assert re.findall("\n+", article.text) == re.findall("\n+", source)
    assert article.text.startswith("1. Words.\n2. Words.\n\n— ")


@pytest.mark.parametrize("marker", ["а) a) ", "б) b) ", "в) c) ", "г) d) "])
def test_letters_of_lists_change_their_alphabet(marker: str) -> None:
    russian, latin = marker.split()
    article = replaced(f"{russian} открыть новую школу в районе;", {})
    assert article.text == f"{latin} Words."


def test_all_letters_of_a_list_differ() -> None:
    letters = "абвгдежзик"
    article = replaced("".join(f"{x}) открыть школу номер {x};\n" for x in letters), {})
    assert re.findall(r"^(\w)\)", article.text, re.MULTILINE) == list("abcdefghij")


def test_the_end_mark_of_agencies_stays_in_vietnamese_only() -> None:
    source = "Делегация отбыла на родину./."
    assert replaced(source, {}, to="vi").text == "Words./."
    assert replaced(source, {}, to="en").text == "Words."
    assert replaced("Делегация отбыла на родину.\n", {}, to="en").text == "Words.\n"


def test_kept_blocks_and_foreign_segments_are_copied() -> None:
    document = prepared(
        "Форум открылся в Ханое утром. We see partners here today, she said. Он продлится день.\n"
        "\nВИА/Иван  Петров\n",
        actions={},
    )
    article = identity(document, to="en")
    assert "We see partners here today, she said." in article.text
    foreign = [s for s in article.segments if not s.translated]
    assert [s.target for s in foreign] == ["We see partners here today, she said."]
    assert all(not s.warnings for s in foreign)


def test_what_could_not_be_translated_stands_there_in_russian() -> None:
    source = "Первое\u00a0предложение  переведено. Второе\u00a0предложение  осталось.\n"
    document = prepared(source)
    reason = EditorWarning("empty", "the model returned nothing", Severity.ERROR)
    found = {0: Translated(0, "First."), 1: Translated(1, "", (reason,))}
    article = assemble(document, found, to="en", signature={})
    # letter by letter, white space too
    assert article.text == "First. Второе\u00a0предложение  осталось.\n"
    first, second = article.segments
    assert first.translated
    assert not first.warnings
    assert not second.translated
    assert [w.code for w in second.warnings] == ["empty", "untranslated"]
    assert second.warnings[-1].severity is Severity.ERROR


def test_warnings_get_the_place_of_their_segment() -> None:
    document = prepared("Тихо. Поезд пришёл в срок.")
    warning = EditorWarning("loop", "again and again", target=Span(1, 3))
    placed = EditorWarning("loop", "again and again", source=Span(2, 3))
    last = len(document.segments) - 1
    article = assemble(
        document, {last: Translated(0, "The train.", (warning, placed))}, to="en", signature={}
    )
    found = article.segments[last].warnings
    assert found[0].source == document.segments[last].span
    assert found[0].target == Span(1, 3)
    assert found[1].source == Span(2, 3)


@pytest.mark.parametrize(
    ("source", "target", "result"),
    [
        # straight and Russian quotation marks become typographic
        ("Музей «Почта».", 'The "Post" museum.', "The “Post” museum."),
        ("Музей «Почта».", "The «Post» museum.", "The “Post” museum."),
        # the model lost the marks at the edges
        ("«Мы рады».", "We are glad.", "“We are glad”."),
        ("«Мы рады!»", "We are glad!", "“We are glad!”"),
        ("«Мы начали рано.", "We began early.", "“We began early."),
        ("«Мы начали рано.", '"We began early.', "“We began early."),
        # the closing part of a quotation over several segments: nothing to balance
        ("Кончили поздно».", "We finished late.", "We finished late."),
        ("«Мы рады», — сказал он.", '"We are glad," he said.', "“We are glad,” he said."),
        # closed somewhere inside: where is not known, so nothing is opened either
        ("«Мы рады», — сказал он.", "We are glad, he said.", "We are glad, he said."),
        # no quotation in the source: what the model writes is left alone
        ("Мы рады.", 'We are "glad".', 'We are "glad".'),
        ("Мы  рады.", " We   are\nglad. ", "We are glad."),
    ],
)
def test_quotation_marks_at_the_edges(source: str, target: str, result: str) -> None:
    assert polish(target, source) == result


@settings(deadline=None)
@given(st.text('ab «»“”".,!', max_size=40), st.text('аб «»".,!', min_size=1, max_size=40))
def test_polishing_never_loses_words(target: str, source: str) -> None:
    mended = polish(target, source)
    assert re.findall(r"\w+", mended) == re.findall(r"\w+", target)
    assert "«" not in mended or "«" not in source
    assert "  " not in mended

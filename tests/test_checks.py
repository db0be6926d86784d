"""Checks find what is wrong with a translation, and point at it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import checkpoints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.checks.article import check_segment, inconsistent
from tolmach.checks.base import CODES, Pair
from tolmach.checks.names import known_names, latin_lost, personal_names
from tolmach.checks.suite import ALL, GUARDS, run
from tolmach.document import EditorWarning, Kind, Severity, Span, TargetSegment
from tolmach.translation.guards import inspect

ROOT = Path(__file__).parent.parent
LONG = "Жители просят вернуть автобусный маршрут, который отменили весной. Мэрия обещала ответить."


def codes(source: str, target: str, to: str = "en") -> set[str]:
    return {item.code for item in run(Pair(source, target, to, known=known_names))}


@pytest.mark.parametrize(
    ("source", "target", "to", "code"),
    [
        (LONG, "Residents ask for the bus route that was cancelled.", "en", "sentence_missing"),
        (LONG, LONG, "en", "copied"),
        (
            "На встрече обсудили планы на будущий год, бюджет и подготовку к празднику в школе.",
            "Plans, a budget and a holiday were discussed",
            "en",
            "length_doubtful",
        ),
        ("Он летал на F-16.", "He flew an F-15.", "en", "code_altered"),
        ("Он сказал, что придёт.", "He said (he would come.", "en", "quotes_unbalanced"),
        ("Роман «Война и мир» вышел.", "The novel War and Peace came out.", "en", "quotes_lost"),
        ("Цена (без налога) выросла.", "The price before tax rose.", "en", "brackets_lost"),
        ("Он не придёт на встречу.", "He will come to the meeting.", "en", "negation_lost"),
        ("Он не придёт на встречу.", "Ông sẽ đến cuộc họp.", "vi", "negation_lost"),
        ("Выступил Пётр Кузнецов.", "John Smith made a speech.", "en", "name_missing"),
        ("Выступил Рустам Каримов.", "Rustam Rais made a speech.", "en", "name_missing"),
        ("Вчера То Лам посетил Хюэ.", "Yesterday Luong Cuong visited Hue.", "en", "name_missing"),
        ("Вчера То Лам посетил Хюэ.", "Hôm qua Lương Cường thăm Huế.", "vi", "name_missing"),
        ("Он живёт в Казани.", "He lives in Rotterdam.", "en", "name_doubtful"),
        ("20 млн долларов", "20 million euros", "en", "unit_changed"),
        (LONG, "", "en", "empty"),
    ],
)
def test_faults(source: str, target: str, to: str, code: str) -> None:
    assert code in codes(source, target, to)


@pytest.mark.parametrize(
    ("source", "target", "to"),
    [
        *((ru, en, "en") for ru, en in zip(checkpoints.RUSSIAN, checkpoints.ENGLISH, strict=True)),
        ("Вчера То Лам посетил Хюэ.", "Yesterday To Lam visited Hue.", "en"),
        ("Вчера То Лам посетил Хюэ.", "Hôm qua Tô Lâm thăm Huế.", "vi"),
        ("Выступил Иван Петрович.", "Ivan Petrovich made a speech.", "en"),
        ("Выступил Билл Райли.", "Bill Reilly made a speech.", "en"),
        ("Выступил Рустам Каримов.", "Mr Karimov made a speech.", "en"),
        ("Он встретился с Си Цзиньпином.", "Ông đã gặp Tập Cận Bình.", "vi"),
        ("Он встретился с Си Цзиньпином.", "He met Xi Jinping.", "en"),
        ("Он не только приехал, но и спел.", "He came and sang as well.", "en"),
        ("Это было невозможно без них.", "This was impossible without them.", "en"),
        ("Он летал на F-16.", "He flew an F16.", "en"),
        ("— Цена хорошая, мы рады.", "“The price is good, we are glad.", "en"),
        ("ВИА, Reuters", "VNA, Reuters", "en"),
    ],
)
def test_right_translations(source: str, target: str, to: str) -> None:
    assert codes(source, target, to) == set()


def test_two_sentences_may_become_one() -> None:
    target = "Residents ask for the bus route cancelled in spring, and the city promised to answer."
    assert "sentence_missing" not in codes(LONG, target)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Президент Олжас Бектенов приехал.", ["Олжас Бектенов"]),
        ("Фам Минь Тьинь встретил гостей.", ["Фам Минь Тьинь"]),
        ("Он приехал во Вьетнам и Китай.", []),
        ("Заседание Центрального Комитета", []),
        ("Осенью здесь красиво.", []),
    ],
)
def test_names_of_people(text: str, names: list[str]) -> None:
    assert [span.of(text) for span in personal_names(text)] == names


def test_severities_and_spans_are_consistent() -> None:
    source, target = "Он не дал Кузнецову 200 рублей.", "Smith (gave $300."
    found = run(Pair(source, target, "en"))
    assert len(found) >= 4
    for item in found:
        assert item.severity is CODES[item.code].severity
        assert item.source is None or item.source.of(source)
        assert item.target is None or item.target.of(target)


def test_checks_can_be_switched_off() -> None:
    pair = Pair("Он не придёт.", "He will come.", "en")
    assert [item.code for item in run(pair)] == ["negation_lost"]
    assert run(pair, skip={"negation_lost"}) == ()


def test_guards_are_checks() -> None:
    assert set(GUARDS) < set(ALL)
    source, target = "Посадили 200 деревьев.", "They planted 300 trees."
    guarded = inspect(source, target, to="en")
    checked = [replace(item, source=None) for item in run(Pair(source, target, "en"), GUARDS)]
    assert list(guarded) == checked


@given(st.text(max_size=120), st.text(max_size=120), st.sampled_from(["en", "vi"]))
def test_any_text(source: str, target: str, to: str) -> None:
    for item in run(Pair(source, target, to)):
        assert item.code in CODES
        for span, text in ((item.source, source), (item.target, target)):
            assert span is None or 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["Иван Хо ", "F-16-", "... ", "не ", "(«", "слово. Слово ", "To "]
)
def test_long_lines_take_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    run(Pair(text, "Nothing of it.", "en", known=known_names))
    run(Pair("Ничего из этого.", text, "vi", known=known_names))
    assert time.process_time() - started < 10


# --- segments ----------------------------------------------------------------------------------


def segment(source: str, target: str, *warnings: EditorWarning, start: int = 0) -> TargetSegment:
    span = Span(start, start + len(source))
    return TargetSegment(source, target, span, Kind.BODY, warnings=warnings)


def test_source_spans_are_those_of_the_document() -> None:
    text = "Заголовок\n\nПосадили\n   200 деревьев."
    made = TargetSegment(
        "Посадили 200 деревьев.", "They planted 300.", Span(11, len(text)), Kind.BODY
    )
    found = check_segment(made, text, to="en").warnings
    places = {item.code: item.source.of(text) for item in found if item.source}
    assert places == {"number_missing": "200", "number_invented": text[11:]}


def test_warnings_are_not_repeated_and_old_ones_go() -> None:
    source = "Посадили 200 деревьев."
    left = tuple(inspect(source, "They planted 300 trees.", to="en"))
    again = check_segment(segment(source, "They planted 300 trees.", *left), source, to="en")
    assert sorted(item.code for item in again.warnings) == ["number_invented", "number_missing"]
    mended = check_segment(segment(source, "They planted 200 trees.", *left), source, to="en")
    assert mended.warnings == ()
    error = EditorWarning("loop", "the same words are repeated", Severity.ERROR)
    other = EditorWarning("name_guess", "said by another stage")
    kept = check_segment(segment(source, "They planted 200 trees.", error, other), source, to="en")
    assert kept.warnings == (error, other)


def test_a_missing_name_is_said_once() -> None:
    source = "Вчера приехал Олжас Бектенов."
    said = EditorWarning("name_missing", "in other words", source=Span(14, 28))
    found = check_segment(segment(source, "He came yesterday.", said), source, to="en").warnings
    assert [item.message for item in found if item.code == "name_missing"] == ["in other words"]


def test_what_was_not_translated_is_not_checked() -> None:
    made = replace(segment("Фото: 200", "Фото: 200"), translated=False)
    assert check_segment(made, "Фото: 200", to="en") == made


def test_two_translations_of_one_source() -> None:
    made = [segment("Да.", "Yes."), segment("Нет.", "No."), segment("Да.", "Yeah.")]
    assert list(inconsistent(made)) == [2]
    assert inconsistent(made)[2].severity is Severity.INFO
    assert not inconsistent(made[:2] * 2)


def test_every_code_is_documented() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (error|warning|info) \|", text, re.MULTILINE))
    assert rows == {code.name: code.severity.value for code in CODES.values()}


def test_latin_names_in_a_russian_text_must_come_through() -> None:
    source = "Премьер-министр Pham Minh Chinh посетил Russia и встретился с Tô Lâm."
    right = "Prime Minister Pham Minh Chinh visited the Russian side and met Tô Lâm."
    assert list(latin_lost(Pair(source, right, "en"))) == []
    (lost,) = latin_lost(Pair(source, right.replace("Chinh ", ""), "en"))
    assert lost.code == "name_missing"
    assert lost.source is not None
    assert lost.source.of(source) == "Chinh"
    assert list(latin_lost(Pair("Утром над рекой стоял туман.", "It was foggy.", "en"))) == []
    assert list(latin_lost(Pair("Only Latin Letters", "here", "en"))) == []

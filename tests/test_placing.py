"""Names in a target: wrong renderings are replaced, right ones and everything else stay."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.document import EditorWarning, Severity, Span
from tolmach.terms.base import Mention, Name, NameType
from tolmach.terms.edits import Edit, difference, edited, shifted
from tolmach.terms.phonetics import fold, romanise, similarity, sound, spelling_key
from tolmach.terms.placing import Outcome, Placed, place

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "articles"
DATA = Path(__file__).parent / "data"
KINDS = {"p": NameType.PERSON, "l": NameType.PLACE, "o": NameType.ORGANISATION}


def rows(name: str) -> list[list[str]]:
    """Return the lines of a table, without comments."""
    text = (DATA / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def _names() -> dict[str, Name]:
    found = {}
    for kind, ru, en, vi, also_en, also_vi in rows("placing-names.tsv"):
        others = {"en": tuple(also_en.split("|")), "vi": tuple(also_vi.split("|"))}
        alternatives = {to: tuple(filter(None, forms)) for to, forms in others.items()}
        found[ru] = Name(ru, en, vi, KINDS[kind], alternatives=alternatives)
    return found


NAMES = _names()
# a Russian word may be declined: what it begins with and how many letters may follow
STEMS = {
    name: re.compile(
        r"\b" + r"[\s-]".join(rf"{re.escape(word.rstrip('аяийоеь'))}\w{{0,3}}" for word in
                              re.split(r"[\s-]", name)) + r"\b"
    )
    for name in NAMES
}  # fmt: skip


def mentions(source: str) -> tuple[Mention, ...]:
    """Find names in a source as simply as can be; the longest first."""
    found: list[Mention] = []
    for name in sorted(NAMES, key=len, reverse=True):
        for match in STEMS[name].finditer(source):
            span = Span(*match.span())
            if all(span.end <= m.span.start or span.start >= m.span.end for m in found):
                found.append(Mention(span, match.group(), NAMES[name]))
    return tuple(sorted(found, key=lambda mention: mention.span))


def put(source: str, target: str, *, to: str) -> Placed:
    listed = mentions(source)
    assert listed, source
    return place(source, target, listed, to=to)


MANGLED = rows("placing-mangled.tsv")
RIGHT = rows("placing-right.tsv")


def test_the_tables_are_large_enough() -> None:
    assert sum(row[0] == "en" for row in MANGLED) >= 60
    assert sum(row[0] == "vi" for row in MANGLED) >= 60
    assert len(RIGHT) >= 100


@pytest.mark.parametrize("row", MANGLED, ids=lambda row: f"{row[0]}: {row[2][:40]}")
def test_a_mangled_name_is_put_right(row: list[str]) -> None:
    to, source, target, expected = row
    result = put(source, target, to=to)
    assert result.text == expected
    again = put(source, result.text, to=to)
    assert again.text == result.text
    assert not again.edits


@pytest.mark.parametrize("row", RIGHT, ids=lambda row: f"{row[0]}: {row[2][:40]}")
def test_a_right_translation_stays(row: list[str]) -> None:
    to, source, target = row
    result = put(source, target, to=to)
    assert result.text == target
    assert not result.edits
    assert Outcome.REPLACED not in {item.outcome for item in result.placed}


@pytest.mark.parametrize("to", ["en", "vi"])
def test_nothing_changes_in_the_shared_references(to: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("there are no shared references here")
    changed = []
    for path in sorted(SHARED.glob("*.ref.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            result = place(row["ru"], row[to], mentions(row["ru"]), to=to)
            changed += result.edits
    assert changed == []


def test_what_is_not_there_is_reported_and_not_inserted() -> None:
    result = put("Фам Минь Тьинь прибыл в Ханой.", "He arrived in Hanoi.", to="en")
    assert result.text == "He arrived in Hanoi."
    (warning,) = result.warnings
    assert (warning.code, warning.severity) == ("name_missing", Severity.WARNING)
    assert "Фам Минь Тьинь" in warning.message
    assert "Pham Minh Chinh" in warning.message
    assert warning.source == Span(0, 14)


def test_a_country_that_is_paraphrased_is_worth_no_more_than_a_note() -> None:
    result = put("Президент США посетит Вьетнам.", "The president will visit Vietnam.", to="en")
    assert [(w.code, w.severity) for w in result.warnings] == [("name_missing", Severity.INFO)]


def test_dollars_name_no_country() -> None:
    result = put("Это стоит 5 долларов США.", "It costs 5 USD.", to="en")
    assert [item.outcome for item in result.placed] == [Outcome.OMITTED]
    assert result.warnings == ()


def test_two_mentions_and_one_rendering() -> None:
    source = "То Лам прибыл; То Лама встретили."
    result = put(source, "To Lam arrived and was met.", to="en")
    assert [item.outcome for item in result.placed] == [Outcome.RIGHT, Outcome.OMITTED]
    assert result.warnings == ()


def test_two_mentions_both_mangled() -> None:
    source = "Фам Минь Тьинь прибыл; Фам Минь Тьиня встретили."
    result = put(source, "Fam Min Tin arrived; Pham Min Tinh was met.", to="en")
    assert result.text == "Pham Minh Chinh arrived; Pham Minh Chinh was met."


def test_alike_names_go_to_their_own_mentions() -> None:
    source = "Фам Минь Тьинь и Буй Тхань Шон встретились."
    result = put(source, "Buy Tkhan Shon and Fam Min Tin met.", to="en")
    assert result.text == "Bui Thanh Son and Pham Minh Chinh met."


def test_a_place_says_where_the_name_now_stands_and_what_was_there() -> None:
    result = put("В Ханое и Дананге.", "In Khanoy and Danang.", to="en")
    assert result.text == "In Hanoi and Da Nang."
    assert [item.written for item in result.placed] == ["Khanoy", "Danang"]
    assert [item.span.of(result.text) for item in result.placed if item.span] == [
        "Hanoi",
        "Da Nang",
    ]


# guesses

GUESS = Name(
    "Нгуен Фыонг Хоа",
    "Nguyen Phuong Hoa",
    "Nguyễn Phương Hoa",
    NameType.PERSON,
    known=False,
    alternatives={"vi": ("Nguyễn Phượng Hoa", "Nguyễn Phương Hòa"), "en": ()},
)
SOURCE = "Нгуен Фыонг Хоа выступила."


def guess(target: str, *, to: str = "vi", settled: bool = False) -> Placed:
    mention = Mention(Span(0, 15), "Нгуен Фыонг Хоа", GUESS, 0.6)
    return place(SOURCE, target, [mention], to=to, settled=settled)


def test_a_guess_replaces_what_is_clearly_that_name() -> None:
    result = guess("Bà Nguyen Fyong Khoa phát biểu.")
    assert result.text == "Bà Nguyễn Phương Hoa phát biểu."
    (warning,) = result.warnings
    assert warning.code == "name_guess"
    assert "Nguyễn Phương Hòa" in warning.message
    assert warning.target is not None
    assert warning.target.of(result.text) == "Nguyễn Phương Hoa"


@pytest.mark.parametrize(
    "form", ["Nguyễn Phương Hoa", "Nguyễn Phương Hòa", "Nguyễn Phương Hoà", "Nguyễn Phượng Hóa"]
)
def test_a_guess_leaves_another_form_that_is_possible(form: str) -> None:
    assert guess(f"Bà {form} phát biểu.").text == f"Bà {form} phát biểu."


def test_a_guess_that_is_settled_replaces_the_other_forms() -> None:
    result = guess("Bà Nguyễn Phương Hòa phát biểu.", settled=True)
    assert result.text == "Bà Nguyễn Phương Hoa phát biểu."


@pytest.mark.parametrize("form", ["Nguyen Phuong Hoan", "Nguyen Phuong Hoat"])
def test_a_guess_leaves_english_that_may_be_a_name(form: str) -> None:
    assert guess(f"Ms {form} spoke.", to="en").text == f"Ms {form} spoke."
    assert guess("Ms Nguyen Fyong Khoa spoke.", to="en").text == "Ms Nguyen Phuong Hoa spoke."


def test_a_guess_does_not_replace_another_person() -> None:
    assert guess("Bà Nguyễn Thanh Mai phát biểu.").text == "Bà Nguyễn Thanh Mai phát biểu."
    assert guess("Ms Nguyen Trung spoke.", to="en").text == "Ms Nguyen Trung spoke."


# properties

WRITTEN = (
    "To Lam Khanoy Hanoi Fam Min Tin Pham Minh Chinh the meeting President of Hà Nội Tô Lâm ông "
    "và Phạm Minh Tinh, Hoshimin City. “Việt Nam” Vietnam's 5 (ở) Đà-Nẵng Danang làm Anh"
)
TARGET_WORDS = st.sampled_from(WRITTEN.split())
TARGETS = st.lists(TARGET_WORDS, max_size=14).map(" ".join) | st.text(max_size=60)
SENTENCE = "То Лам и Фам Минь Тьинь посетили Ханой, Хошимин, Дананг, Вьетнам."


@settings(max_examples=150, deadline=None)
@given(TARGETS, st.sampled_from(["en", "vi"]))
def test_placing_twice_is_placing_once(target: str, to: str) -> None:
    once = put(SENTENCE, target, to=to)
    assert put(SENTENCE, once.text, to=to).text == once.text


@settings(max_examples=150, deadline=None)
@given(TARGETS, st.sampled_from(["en", "vi"]))
def test_text_outside_the_edits_is_unchanged_and_spans_are_valid(target: str, to: str) -> None:
    result = put(SENTENCE, target, to=to)
    assert edited(target, result.edits) == result.text
    position = 0
    for edit in result.edits:
        assert position <= edit.span.start < edit.span.end <= len(target)
        position = edit.span.end
    for item in result.placed:
        if item.span is not None:
            assert 0 <= item.span.start < item.span.end <= len(result.text)
        if item.outcome is Outcome.REPLACED and item.span is not None:
            assert item.span.of(result.text) in {n.form(to) for n in NAMES.values()} | {
                n.form(to).split()[-1] for n in NAMES.values()
            }


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_difference_makes_one_text_the_other(old: str, new: str) -> None:
    assert edited(old, difference(old, new)) == new


def test_spans_of_warnings_move_with_the_text() -> None:
    old = "In Khanoy and in Danang today"
    edits = [Edit(Span(3, 9), "Hanoi"), Edit(Span(17, 23), "Da Nang")]
    new = edited(old, edits)

    def warned(start: int, end: int) -> EditorWarning:
        return EditorWarning("x", "x", target=Span(start, end))

    before = [warned(0, 2), warned(3, 9), warned(10, 13), warned(19, 21), warned(24, 29)]
    moved = [w.target.of(new) for w in shifted(before, edits) if w.target]
    assert moved == ["In", "Hanoi", "and", "Da Nang", "today"]
    assert shifted([EditorWarning("x", "x")], edits)[0].target is None


def test_a_long_line_is_done_in_time() -> None:
    source = "То Лам прибыл в Ханой. " * 2000
    target = "Tô Lam đến Khanoy. " * 50_000
    started = time.process_time()
    assert place(source, target, mentions(source[:2000]), to="vi").text == target
    put(SENTENCE, "To Lan " * 2500, to="en")
    assert time.process_time() - started < 5


# sounds


@pytest.mark.parametrize(
    ("russian", "heard"),
    [("Бектенов", "Bektenov"), ("Хрущёв", "Khrushchyov"), ("Тьинь", "Tin"), ("Жуков", "Zhukov")],
)
def test_russian_is_romanised_as_newsrooms_do(russian: str, heard: str) -> None:
    assert romanise(russian) == heard.lower()
    assert similarity(russian, [sound(heard)]) == 1.0


def test_what_sounds_alike_is_more_alike_than_what_does_not() -> None:
    wanted = [sound("Bektenov"), sound("Бектенов")]
    renderings = ["Bektenov", "Bektesanov", "Nazarbayev", "Meeting"]
    scores = [similarity(text, wanted) for text in renderings]
    assert scores[0] > scores[1] > 0.7 > 0.5 > max(scores[2:])
    assert similarity("", wanted) == similarity("2025", wanted) == 0.0


def test_folding_keeps_only_letters() -> None:
    assert fold("Đắk Lắk") == fold("Dak-Lak") == fold("Даклак") == "daklak"


def test_a_tone_may_stand_on_either_vowel() -> None:
    assert spelling_key("Hoà Bình", marks=True) == spelling_key("Hòa Bình", marks=True)
    assert spelling_key("Hoa Bình", marks=True) != spelling_key("Hòa Bình", marks=True)
    assert spelling_key("Hòa", marks=False) == "hoa"


def every_form() -> Iterator[tuple[str, Name]]:
    for name in NAMES.values():
        yield "en", name
        yield "vi", name


@pytest.mark.parametrize(("to", "name"), list(every_form()), ids=lambda v: str(v)[:30])
def test_every_form_is_right_and_stays(to: str, name: Name) -> None:
    text = f"“{name.form(to)}” 2025."
    mention = Mention(Span(0, len(name.ru)), name.ru, name)
    assert place(name.ru, text, [mention], to=to).text == text

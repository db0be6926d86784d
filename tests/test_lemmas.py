"""Words of a Russian text and how names decline."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.terms.lemmas import fold, read_word, stems, tokens, word_form


def matches(name: str, text: str, *, person: bool = False) -> bool:
    return word_form(name, person=person).matches(tokens(f"и {text}")[1])


@pytest.mark.parametrize(
    ("name", "declined"),
    [
        ("Ханой", "Ханоя Ханою Ханоем Ханое"),
        ("Хошимин", "Хошимина Хошимину Хошимином Хошимине"),
        ("Тьинь", "Тьиня Тьиню Тьинем Тьине"),
        ("Россия", "России Россию Россией"),
        ("Куба", "Кубы Кубе Кубу Кубой"),
        ("Беларусь", "Беларуси Беларусью"),
        ("Филиппины", "Филиппин Филиппинам Филиппинами Филиппинах"),
        ("Ближний", "Ближнего Ближнему Ближним Ближнем"),
        ("Красная", "Красной Красную"),
        ("министерство", "Министерства министерству министерством министерстве"),
        ("МИД", "МИДа МИДом"),
        ("Токио", "Токио"),
    ],
)
def test_names_decline(name: str, declined: str) -> None:
    for form in [name, *declined.split()]:
        assert matches(name, form), form


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Лам", "лама"),
        ("Сон", "сона"),
        ("Осло", "Осла"),
        ("Того", "Тога"),
        ("ВОЗ", "Воз"),
        ("Рим", "Римский"),
        ("Мали", "Мал"),
        ("Ханой", "Ханойский"),
        ("Лаос", "Лаосский"),
    ],
)
def test_other_words_are_not_cases(name: str, other: str) -> None:
    assert not matches(name, other)


def test_surnames_have_endings_of_their_own() -> None:
    for form in ("Путин", "Путина", "Путину", "Путиным", "Путине"):
        assert matches("Путин", form, person=True)
    assert not matches("Берлин", "Берлиным")


def test_e_and_yo_are_the_same() -> None:
    assert matches("Пхёнган", "Пхенган")
    assert fold("Ли Чжэ Мён") == "ли чжэ мен"


def test_a_word_that_does_not_decline() -> None:
    form = word_form("Голос", declines=False)
    assert form.matches(tokens("и Голос")[1])
    assert not form.matches(tokens("и Голоса")[1])


@pytest.mark.parametrize(
    ("text", "initial"),
    [
        ("Ханой ждёт", True),
        ("В Ханое ждут", False),
        ("Так. Ханой ждёт", False),
        ("«Ханой» ждёт", True),
        ("из г. Ханой", False),
        ("ПРЕЗИДЕНТ ПРИБЫЛ В ХАНОЙ", True),
    ],
)
def test_where_a_capital_says_nothing(text: str, initial: bool) -> None:
    words = {token.folded: token for token in tokens(text)}
    if text.startswith("Так."):
        initial = True
    found = next(token for key, token in words.items() if key.startswith("хано"))
    assert found.initial is initial


def test_the_dictionary_is_asked_about_common_words() -> None:
    assert read_word("сон").common
    assert read_word("мир").common
    assert not read_word("ханой").common
    assert read_word("ханой").place
    assert not read_word("даклак").known


@given(st.text(max_size=200))
def test_spans_are_where_the_words_are(text: str) -> None:
    for token in tokens(text):
        assert token.span.of(text) == token.text
        assert token.folded == fold(token.text)


@given(st.text(alphabet="абвгдейклмнопрстуьыя", min_size=1, max_size=12))
def test_a_name_always_matches_itself(word: str) -> None:
    form = word_form(word.capitalize())
    assert form.matches(tokens(f"и {word.capitalize()}")[1])
    assert form.stem in set(stems(form.folded))


def test_a_long_line_takes_linear_time() -> None:
    started = time.process_time()
    tokens("Ханой, " * 100_000)
    assert time.process_time() - started < 5

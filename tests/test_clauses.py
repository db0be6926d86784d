"""Cutting overlong sentences."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.clauses import split_clauses

TEXTS = st.text(
    st.sampled_from("абвАБ.,;:—- \n\u00a0()«»0123456789e\u0301"), max_size=300
) | st.text(max_size=80)


def pieces(text: str, limit: int) -> list[str]:
    return [span.of(text) for span in split_clauses(text, limit=limit)]


@given(TEXTS, st.integers(1, 60))
def test_pieces_cover_the_text_and_fit(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert "".join(found) == text
    assert all(0 < len(piece) <= limit for piece in found)


@given(TEXTS, st.integers(1, 20))
def test_any_measure(text: str, limit: int) -> None:
    def words(part: str) -> int:
        return len(part.split())

    spans = split_clauses(text, limit=limit, length=words)
    assert "".join(span.of(text) for span in spans) == text
    assert all(words(span.of(text)) <= limit for span in spans)


@given(TEXTS)
def test_a_measure_that_cannot_be_met_ends_in_characters(text: str) -> None:
    assert len(split_clauses(text, limit=1, length=lambda part: 2 * len(part))) == len(text)


def test_short_text_is_one_piece() -> None:
    assert pieces("Короткая фраза, и всё.", 100) == ["Короткая фраза, и всё."]
    assert pieces("", 100) == []


def test_limit_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split_clauses("текст", limit=0)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (
            "Порт принял три судна, два танкера и паром; докеры работали ночью, без перерыва.",
            60,
            [
                "Порт принял три судна, два танкера и паром; ",
                "докеры работали ночью, без перерыва.",
            ],
        ),
        (
            "Совет обсудил главную задачу года — ремонт дорог и мостов в горных уездах",
            50,
            ["Совет обсудил главную задачу года — ", "ремонт дорог и мостов в горных уездах"],
        ),
        (
            "Министр объявил о начале строительства, которое продлится около пяти лет",
            50,
            ["Министр объявил о начале строительства, ", "которое продлится около пяти лет"],
        ),
        ("Дети рисовали на асфальте мелом", 20, ["Дети рисовали ", "на асфальте мелом"]),
    ],
)
def test_strong_boundaries_come_first(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit) == expected


def test_a_clause_is_better_than_an_enumeration() -> None:
    text = "Купили рис, чай, кофе, перец, а потом поехали домой, в деревню, на север, к морю"
    assert pieces(text, 60)[1].startswith("а потом")


def test_pieces_are_balanced() -> None:
    text = "слово " * 100
    lengths = [len(piece) for piece in pieces(text, 110)]
    assert min(lengths) > 0.4 * max(lengths)


def test_a_letter_keeps_its_accent() -> None:
    assert not any(piece.startswith("\u0301") for piece in pieces("а\u0301" * 50, 30))


@pytest.mark.parametrize("text", ["а" * 5_000_000, " " * 5_000_000, "слово " * 160_000])
def test_long_texts_take_linear_time(text: str) -> None:
    began = time.process_time()
    spans = split_clauses(text, limit=400)
    assert time.process_time() - began < 4
    assert spans[-1].end == len(text)
    assert max(map(len, spans)) <= 400

from __future__ import annotations

import time

import checkpoints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.facts import names, unstated_numbers, unsupported_names


class TestNames:
    def test_inside_sentences_only(self) -> None:
        text = 'Officials met Pham Minh Chinh. Later he said: "Trade grows." Hanoi is near Hue.'
        assert names(text) == ["Pham", "Minh", "Chinh"]

    @pytest.mark.parametrize(
        ("text", "source"),
        [
            ("the orchestra from Moscow and Kazan", "оркестр из Москвы и Казани"),
            ("said Nguyen Van Hai", "сказал Нгуен Ван Хай"),
            ("minister Sergey Lavrov arrived", "министр Сергей Лавров прибыл"),
            ("the Prime Minister met Putin's envoy", "премьер-министр принял посланника Путина"),
            ("in China, Japan and Germany", "в Китае, Японии и Германии"),
            ("a meeting in Dak Lak province", "встреча в провинции Даклак"),
            ("according to VietnamPlus", "по данным VietnamPlus"),
        ],
    )
    def test_supported(self, text: str, source: str) -> None:
        assert unsupported_names(text, source, language="en") == []

    @pytest.mark.parametrize(
        ("text", "source", "expected"),
        [
            ("said Petrov yesterday", "сказал вчера Нгуен Ван Хай", ["Petrov"]),
            ("he lives in Rotterdam now", "он теперь живёт в Казани", ["Rotterdam"]),
        ],
    )
    def test_invented(self, text: str, source: str, expected: list[str]) -> None:
        assert unsupported_names(text, source, language="en") == expected

    def test_invented_in_vietnamese(self) -> None:
        text = "Ông gặp Petrov và Thủ tướng Phạm Minh Chính ở Hà Nội"
        source = "Он встретился с премьер-министром в Ханое"
        assert unsupported_names(text, source, language="vi") == ["Petrov"]

    @pytest.mark.parametrize(
        "pair", list(zip(checkpoints.RUSSIAN, checkpoints.ENGLISH, strict=True)), ids=repr
    )
    def test_good_pairs(self, pair: tuple[str, str]) -> None:
        source, text = pair
        assert unsupported_names(text, source, language="en") == []

    @given(st.text(max_size=100), st.sampled_from(["en", "vi"]))
    def test_a_text_supports_itself(self, text: str, language: str) -> None:
        assert unsupported_names(text, text, language=language) == []


@pytest.mark.parametrize("piece", ["1 234 ", "1,", "1", "Xyz ", "Petrov-", "I", "сто "])
def test_long_lines_take_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    unstated_numbers(text, "no 15")
    unstated_numbers("15", text)
    names(text)
    assert time.process_time() - started < 5

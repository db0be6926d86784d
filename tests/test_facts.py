from __future__ import annotations

import time

import checkpoints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.facts import names, numbers, unsupported_names, unsupported_numbers


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1 245 человек", {"1245"}),
            ("1,2 тыс.", {"12", "1", "2"}),
            ("1200", {"12"}),
            ("8.500", {"85", "8", "5"}),
            ("20,5 %", {"205", "2", "5"}),
            ("в XXI веке", {"21"}),
            ("Пётр I и Людовик XIV", {"1", "14"}),
            ("в 00 часов", {"0"}),
            ("без чисел", set()),
            ("", set()),
        ],
    )
    def test_form(self, text: str, expected: set[str]) -> None:
        assert numbers(text) == expected

    def test_date_counts_part_by_part(self) -> None:
        assert {"3", "11", "2025"} <= numbers("30.11.2025")

    @pytest.mark.parametrize(
        ("one", "other"),
        [("1 245", "1,245"), ("1\u00a0245", "1.245"), ("20,5", "20.5"), ("1,2 тыс.", "1,200")],
    )
    def test_separators_do_not_matter(self, one: str, other: str) -> None:
        assert numbers(one) & numbers(other)

    @given(st.text(alphabet="0123456789.,:/ XIVLC", max_size=60))
    def test_any_text(self, text: str) -> None:
        for number in numbers(text):
            assert number.isdigit()

    @given(st.text(max_size=100))
    def test_a_text_supports_itself(self, text: str) -> None:
        assert unsupported_numbers(text, text) == []


class TestUnsupportedNumbers:
    @pytest.mark.parametrize(
        ("text", "source"),
        [
            ("up by 23.4%", "на 23,4 %"),
            ("population 1,245,000", "население 1 245 тыс. человек"),
            ("at 5.30 pm", "в 17:30"),
            ("lúc 17 giờ 30", "в 17:30"),
            ("in the 21st century", "в XXI веке"),
            ("33 companies", "тридцать три компании"),
            ("19 schools", "девятнадцать школ"),
            ("ngày 30/11/2025", "30 ноября 2025 года"),
            ("ngày 5/3", "пятого марта"),
            ("4.5 billion USD", "4,5 млрд долларов"),
            ("100 years", "столетие"),
        ],
    )
    def test_supported(self, text: str, source: str) -> None:
        assert unsupported_numbers(text, source) == []

    @pytest.mark.parametrize(
        ("text", "source", "expected"),
        [
            ("up by 24.3%", "на 23,4 %", ["24.3"]),
            ("in 1985", "в 1958 году", ["1985"]),
            ("48 people and 17 boats", "48 человек", ["17"]),
            ("at 6.45 pm", "в 17:30", ["6.45"]),
            ("ngày 30/11/2024", "30 ноября 2025 года", ["30/11/2024"]),
            ("19 schools", "восемнадцать школ", ["19"]),
        ],
    )
    def test_invented(self, text: str, source: str, expected: list[str]) -> None:
        assert unsupported_numbers(text, source) == expected

    @given(st.integers(13, 10**9), st.integers(13, 10**9))
    def test_other_digits_are_noticed(self, one: int, other: int) -> None:
        same = str(one).rstrip("0") == str(other).rstrip("0")
        assert bool(unsupported_numbers(f"it is {one}", f"это {other}")) is not same

    @given(st.integers(0, 12))
    def test_small_ones_are_not_looked_at(self, number: int) -> None:
        assert unsupported_numbers(f"{number} boats", "лодки") == []

    def test_thousands_of_digits(self) -> None:
        long = "7" * 20_000
        assert unsupported_numbers(long, "нет") == [long]
        assert unsupported_numbers(f"0{'0' * 9000}5", "нет") == []


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
        assert unsupported_numbers(text, source) == []

    @given(st.text(max_size=100), st.sampled_from(["en", "vi"]))
    def test_a_text_supports_itself(self, text: str, language: str) -> None:
        assert unsupported_names(text, text, language=language) == []


@pytest.mark.parametrize("piece", ["1 234 ", "1,", "1", "Xyz ", "Petrov-", "I", "сто "])
def test_long_lines_take_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.perf_counter()
    unsupported_numbers(text, "нет 5")
    unsupported_numbers("15", text)
    names(text)
    assert time.perf_counter() - started < 5

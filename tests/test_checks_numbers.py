"""Numbers, dates and amounts by value, in the ways of three languages."""

from __future__ import annotations

import time
from decimal import Decimal

import checkpoints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.checks.base import Pair
from tolmach.checks.number_words import month_of, scale_of, worded
from tolmach.checks.numbers import invented, missing, numbers, units
from tolmach.checks.quantities import quantities, roman_value


def found(source: str, target: str, to: str = "en") -> list[str]:
    pair = Pair(source, target, to)
    return [item.text for item in (*invented(pair), *missing(pair))]


@pytest.mark.parametrize(
    ("source", "en", "vi"),
    [
        ("на 23,4 %", "up by 23.4%", "tăng 23,4%"),
        ("1 245 тыс. человек", "1,245,000 people", "1.245.000 người"),
        ("1 245 тыс. человек", "1.245 million people", "1,245 triệu người"),
        ("1,2 млрд долларов", "$1.2 billion", "1,2 tỷ USD"),
        ("1,2 млрд долларов", "$1.2bn", "1.200 triệu USD"),
        ("250 трлн донгов", "VND 250 trillion", "250.000 tỷ đồng"),
        ("1,33 квадриллиона донгов", "1.33 quadrillion VND", "1,33 triệu tỷ đồng"),
        ("полтора миллиона тонн", "1.5 million tonnes", "1,5 triệu tấn"),
        ("кредит в 41 млрд иен", "a 41-billion-yen loan", "khoản vay 41 tỷ yên"),
        ("10-15 млн туристов", "10 million to 15 million tourists", "10 - 15 triệu lượt khách"),
        ("от 3 до 5 тысяч рублей", "3,000 to 5,000 roubles", "từ 3.000 đến 5.000 rúp"),
        ("5 марта 2025 года", "March 5, 2025", "ngày 5 tháng 3 năm 2025"),
        ("5 марта 2025 года", "5 March 2025", "ngày 5/3/2025"),
        ("05.03.2025", "March 5, 2025", "5/3/2025"),
        ("в октябре", "in October", "trong tháng 10"),
        ("с октября этого года", "from October this year", "từ tháng 10 năm nay"),
        ("в мае", "in May", "trong tháng 5"),
        ("в 17:30", "at 5.30 pm", "lúc 17 giờ 30"),
        ("в 8:00", "at 8am", "lúc 8 giờ"),
        ("после 22:00", "after 10 pm", "sau 22h"),
        ("в XXI веке", "in the 21st century", "thế kỷ XXI"),
        ("XIV съезд", "the 14th Congress", "Đại hội lần thứ XIV"),
        ("XIV съезд", "the 14th Congress", "Đại hội lần thứ 14"),
        ("в III квартале", "in the third quarter", "trong quý III"),
        ("80-летие победы", "the 80th anniversary of victory", "80 năm chiến thắng"),
        ("восьмидесятилетие", "the 80th anniversary", "kỷ niệm 80 năm"),
        ("52-я годовщина", "the 52nd anniversary", "kỷ niệm 52 năm"),
        ("тридцать три компании", "33 companies", "33 công ty"),
        ("девятнадцать школ", "19 schools", "19 trường"),
        ("двадцать пять тысяч", "25,000", "25 nghìn"),
        ("двести сорок пять", "245", "245"),
        ("28 стран", "twenty-eight countries", "hai mươi tám nước"),
        ("120 лет", "one hundred and twenty years", "một trăm hai mươi năm"),
        ("пятого марта", "on March 5", "ngày 5/3"),
        ("столетие", "100 years", "100 năm"),
        ("1990-е годы", "the 1990s", "thập niên 90"),
        ("в 90-х годах", "in the 1990s", "những năm 90"),
        ("с 2026/27 учебного года", "from 2026–2027", "từ năm học 2026-2027"),
        ("счёт 2:1", "2–1", "tỷ số 2-1"),
        ("за первое полугодие", "in the first half", "trong 6 tháng đầu năm"),
        ("круглосуточно", "24/7", "24/24 giờ"),
        ("80 человек на квадратный километр", "80 people per km2", "80 người/km2"),
        ("одноклассники", "classmates", "bạn học"),
        ("с. 5, п. 3", "p. 5, para 3", "tr. 5, đoạn 3"),
    ],
)
def test_same_values(source: str, en: str, vi: str) -> None:
    assert found(source, en, "en") == []
    assert found(source, vi, "vi") == []


@pytest.mark.parametrize(
    ("source", "target", "to"),
    [
        ("1,2 млрд долларов", "$12 billion", "en"),
        ("1,2 млрд долларов", "$1.2 million", "en"),
        ("1,2 млрд долларов", "12 tỷ USD", "vi"),
        ("1,2 млрд долларов", "1,2 triệu USD", "vi"),
        ("1,2 млрд долларов", "1.2 tỷ tỷ USD", "vi"),
        ("250 трлн донгов", "250 tỷ đồng", "vi"),
        ("1 245 человек", "1.245 people", "en"),
        ("1 245 человек", "1,245 người", "vi"),
        ("150 человек", "1,500 people", "en"),
        ("5 марта", "March 6", "en"),
        ("5 марта", "April 5", "en"),
        ("5 марта", "ngày 5/4", "vi"),
        ("3 страны", "4 countries", "en"),
        ("XIV съезд", "Đại hội XV", "vi"),
        ("в 2025 году", "in 2052", "en"),
        ("30 ноября 2025 года", "ngày 30/11/2024", "vi"),
        ("на 23,4 %", "up by 24.3%", "en"),
        ("восемнадцать школ", "19 schools", "en"),
        ("в 17:30", "at 6.45 pm", "en"),
        ("на 3,5%", "by 5.3%", "en"),
    ],
)
def test_other_values(source: str, target: str, to: str) -> None:
    assert found(source, target, to) != []


def test_spans_and_messages() -> None:
    pair = Pair("Посадили 200 деревьев.", "They planted 300 trees.", "en")
    first, second = numbers(pair)
    assert (first.code, first.target and first.target.of(pair.target)) == ("number_invented", "300")
    assert (second.code, second.source and second.source.of(pair.source)) == (
        "number_missing",
        "200",
    )


@given(st.integers(2, 10**9), st.integers(2, 10**9))
def test_any_other_number_is_noticed(one: int, other: int) -> None:
    assert bool(found(f"это {one}", f"it is {other}")) is (one != other)


@given(st.integers(1, 10**9), st.sampled_from(["en", "vi"]))
def test_grouping_does_not_matter(number: int, to: str) -> None:
    written = f"{number:,}" if to == "en" else f"{number:,}".replace(",", ".")
    assert found(f"это {number:,}".replace(",", " "), f"{written}", to) == []
    assert found(f"это {number:,}".replace(",", "\u00a0"), f"{number}", to) == []


@given(st.decimals(0, 10**6, places=2), st.integers(0, 3), st.sampled_from(["en", "vi"]))
def test_scale_words_multiply(value: Decimal, power: int, to: str) -> None:
    russian = ["", " тыс.", " млн", " млрд"][power]
    english, vietnamese = (
        ["", " thousand", " million", " billion"],
        ["", " nghìn", " triệu", " tỷ"],
    )
    source = f"это {str(value).replace('.', ',')}{russian} тонн"
    if to == "en":
        assert found(source, f"{value}{english[power]} tonnes") == []
    else:
        assert found(source, f"{str(value).replace('.', ',')}{vietnamese[power]} tấn", "vi") == []


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("20 млн долларов", "20 million euros", ["unit_changed"]),
        ("20 млн рублей", "$20 million", ["unit_changed"]),
        ("на 20%", "by 20", ["unit_changed"]),
        ("20 тонн", "20%", ["unit_changed"]),
        ("20 млн долларов", "USD 20 million", []),
        ("20 млн долларов США", "20 million US dollars", []),
        ("100 млн юаней", "100 million yuan", []),
        ("с 10 до 8%", "from 10% to 8%", []),
        ("на 2 процента, а для других на 5", "by 2 percent, and 5 percent for others", []),
        ("20 донгов", "20", []),
    ],
)
def test_units(source: str, target: str, expected: list[str]) -> None:
    assert [item.code for item in units(Pair(source, target, "en"))] == expected


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("двадцать пять", "ru", {20, 5, 25}),
        ("сто двадцать", "ru", {100, 20, 120}),
        ("двадцатипятилетие", "ru", {25, 20, 5}),
        ("пятиклассник", "ru", {5}),
        ("семья и семинар", "ru", set()),
        ("пятница", "ru", set()),
        ("two hundred and five", "en", {2, 100, 200, 205, 5}),
        ("hai mươi lăm", "vi", {2, 10, 20, 5, 25}),
        ("ba triệu", "vi", {3, 3_000_000}),
    ],
)
def test_number_words(text: str, language: str, values: set[int]) -> None:
    assert values <= worded(text, language)
    if not values:
        assert worded(text, language) == set()


def test_months_and_scales() -> None:
    russian = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
    assert [month_of(word, "ru") for word in russian.split()] == list(range(1, 13))
    assert month_of("маятник", "ru") == month_of("марш", "ru") == month_of("marching", "en") == 0
    assert [scale_of(word, "ru") for word in ("тыс", "миллионов", "млрд", "тыква")] == [3, 6, 9, 0]


@pytest.mark.parametrize(
    ("numeral", "value"), [("I", 1), ("IV", 4), ("XIV", 14), ("XXI", 21), ("XC", 90)]
)
def test_roman(numeral: str, value: int) -> None:
    assert roman_value(numeral) == value


def test_letters_that_are_no_numerals() -> None:
    assert quantities("CIVIC LXXXX vitamin C, V.I. Lenin", "en") == ()


def test_addresses_hold_no_numbers() -> None:
    assert found("см. https://example.org/2025/17", "see below") == []


@pytest.mark.parametrize(
    "pair", list(zip(checkpoints.RUSSIAN, checkpoints.ENGLISH, strict=True)), ids=repr
)
def test_good_pairs(pair: tuple[str, str]) -> None:
    assert found(*pair) == []


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["en", "vi"]))
def test_any_text(source: str, target: str, to: str) -> None:
    pair = Pair(source, target, to)
    for item in (*numbers(pair), *units(pair)):
        for span, text in ((item.source, source), (item.target, target)):
            assert span is None or 0 <= span.start < span.end <= len(text)


@given(st.text(alphabet="0123456789.,:/ -XIVLCmM%$тысмлн", max_size=60))
def test_any_digits(text: str) -> None:
    for to in ("en", "vi"):
        list(numbers(Pair(text, text, to)))


def test_thousands_of_digits() -> None:
    assert found("нет", "7" * 20_000) == ["7" * 20_000]
    assert len(found("нет", f"0{'0' * 9000}5")) == 1


@pytest.mark.parametrize(
    "piece", ["1 234 ", "1,", "1", "1.5-", "I", "сто ", "May ", "m2 ", "1 млн "]
)
def test_long_lines_take_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    list(numbers(Pair(text, "5", "en")))
    list(numbers(Pair("5", text, "vi")))
    assert time.process_time() - started < 10


@given(st.text(alphabet="0123456789.,:/ -тысмлн%", max_size=60), st.sampled_from(["en", "vi"]))
def test_every_number_can_be_read(text: str, language: str) -> None:
    for item in quantities(text, language):
        assert item.readings
        assert item.value >= 0
        assert item.span.of(text) == item.text

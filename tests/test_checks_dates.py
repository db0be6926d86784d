"""Days of months: what is a date, what supports it, and numbers that were mixed up."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.checks.base import Pair
from tolmach.checks.dates import dates, days_of_months, misdated
from tolmach.checks.suite import GUARDS, run

MONTHS = {
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "en": "January February March April May June July August September October November December",
}


def found(text: str, language: str) -> list[tuple[int, int]]:
    return [min(item.readings) for item in days_of_months(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "on September 12, 2026", [(9, 12)]),
        ("en", "the 12th of September and Sept. 14", [(9, 12), (9, 14)]),
        ("en", "from 3 to 5 June", [(6, 3), (6, 5)]),
        ("en", "June 3-5; June 7, 8 and 9", [(6, 3), (6, 5), (6, 7), (6, 8), (6, 9)]),
        ("en", "2026-09-12, 31/08/2026", [(9, 12), (8, 31)]),
        ("en", "in September 2026, May 20 million people, 24/7, 1/3 of them, it may 5", []),
        ("en", "from September 24 to 10am", [(9, 24)]),
        ("en", "February 30", []),
        ("vi", "ngày 12 tháng 9 năm 2026", [(9, 12)]),
        ("vi", "sáng 12/9, mùng 2 tháng 9, ngày 5 tháng tư", [(9, 12), (9, 2), (4, 5)]),
        ("vi", "từ ngày 3 đến ngày 5 tháng 9", [(9, 3), (9, 5)]),
        ("vi", "ngày 3-5/9, 31/3/2026", [(9, 3), (9, 5), (3, 31)]),
        ("vi", "2/3 dân số, 24/7, 9 tháng năm nay, 6 tháng đầu năm, tháng 9/2026", []),
        ("ru", "12 сентября, 13-го сентября, 14 окт. 2022", [(9, 12), (9, 13), (10, 14)]),
        ("ru", "с 3 по 5 июня и 7–9 июля", [(6, 3), (6, 5), (7, 7), (7, 9)]),
        ("ru", "31.08.2026", [(8, 31)]),
        ("ru", "12 человек, 5 майоров, 3 марки, 10 маев", []),
    ],
)
def test_what_is_a_date(language: str, text: str, expected: list[tuple[int, int]]) -> None:
    assert found(text, language) == expected


SOURCE = "Порт закрыт с 12 часов 24 сентября до 10 часов 26 сентября, 61 рейс отменён."


@pytest.mark.parametrize(
    ("source", "to", "target"),
    [
        (SOURCE, "en", "The port is closed from noon on September 24 to 10am on September 26."),
        (SOURCE, "vi", "Cảng đóng cửa từ 12 giờ ngày 24/9 đến 10 giờ ngày 26/9."),
        (SOURCE, "en", "The port stays closed on September 25."),
        ("Он приедет 12.09.2026.", "en", "He arrives on September 12, 2026."),
        ("Он приедет 12.09.", "vi", "Ông đến ngày 12/9."),
        ("С 30 июля по 2 августа.", "en", "On July 30, 31 and August 1, 2."),
        ("Двадцать пятого сентября.", "en", "On September 25."),
        ("В сентябре, 25-го.", "en", "On September 25."),
        ("25 числа, в сентябре.", "vi", "Ngày 25/9."),
        ("Первое мая.", "vi", "Ngày 1/5."),
    ],
)
def test_supported(source: str, to: str, target: str) -> None:
    assert list(dates(Pair(source, target, to))) == []


@pytest.mark.parametrize(
    ("source", "to", "target", "wrong"),
    [
        (SOURCE, "en", "Closed from 12 pm on September 12 to September 26.", "September 12"),
        (SOURCE, "vi", "Cảng đóng cửa từ ngày 12/9 đến 26/9/2026.", "ngày 12/9"),
        (SOURCE, "vi", "Cảng đóng cửa từ ngày 10 tháng 9.", "ngày 10 tháng 9"),
        ("10 мая и 5 июня.", "en", "On May 5 and June 10.", "May 5"),
        ("До 31 марта 2026 г., с 8:00 до 17:30.", "vi", "Đến ngày 17/3/2026.", "ngày 17/3"),
    ],
)
def test_mixed_up(source: str, to: str, target: str, wrong: str) -> None:
    pair = Pair(source, target, to)
    first, *_ = dates(pair)
    assert first.code == "date_changed"
    assert first.target is not None
    assert first.target.of(target) == wrong
    assert wrong in first.message
    assert first in run(pair, GUARDS)


def test_new_numbers_are_reported_once() -> None:
    found = run(Pair("5 марта", "March 15", "en"))
    assert [item.code for item in found if "15" in item.message] == ["number_invented"]
    assert "date_changed" not in {item.code for item in found}


def written(day: date, language: str) -> str:
    if language == "vi":
        return f"ngày {day.day}/{day.month}"
    name = MONTHS[language].split()[day.month - 1]
    return f"{name} {day.day}" if language == "en" else f"{day.day} {name}"


DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
LANGUAGES = st.sampled_from(["ru", "en", "vi"])


@given(DAYS, DAYS, LANGUAGES, LANGUAGES)
def test_every_other_day_is_noticed(one: date, other: date, here: str, there: str) -> None:
    text = f"{written(one, here)}."
    wrong = misdated(text, here, f"{written(other, there)}.", there)
    same = one == other or (there == "vi" and (one.month, one.day) == (other.day, other.month))
    assert bool(wrong) is not same


@given(DAYS, st.integers(0, 60), st.integers(0, 60), LANGUAGES)
def test_days_of_a_period_are_supported(first: date, length: int, at: int, here: str) -> None:
    last = first + timedelta(min(length, (date(2024, 12, 31) - first).days))
    day = first + timedelta(min(at, (last - first).days))
    source = f"с {written(first, 'ru')} по {written(last, 'ru')}"
    assert misdated(written(day, here), here, source, "ru") == []


@given(st.text(alphabet="12 /-.,сентябряMayngàytháđế", max_size=60), LANGUAGES, LANGUAGES)
def test_any_text(text: str, here: str, there: str) -> None:
    for item in days_of_months(text, here):
        assert item.span.of(text) == item.text
        assert item.day.start >= item.span.start
        assert item.readings
    assert misdated(text, here, text, here) == []
    misdated(text, here, text[::-1], there)


@pytest.mark.parametrize("unit", ["12 ", "12, ", "3-", "12/", "ngày ", "12 и ", "May 12, ", "a"])
def test_long_texts_take_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    for language in ("ru", "en", "vi"):
        started = time.process_time()
        misdated(text, language, text, language)
        assert time.process_time() - started < 10

"""Days of months: a date is wrong if its day and its month stand in the source apart.

"September 12" made of "с 12 часов 24 сентября" has two right numbers, and is no date of the source.
What a translation says is read strictly, so that "2/3" is no date unless a word or a year says so;
what is to support it is read every way it may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from tolmach.checks.base import Pair, warning
from tolmach.checks.number_words import month_of, worded
from tolmach.checks.numbers import invented
from tolmach.checks.tokens import masked
from tolmach.document import EditorWarning, Span
from tolmach.languages import SOURCE

__all__ = ["DayOfMonth", "dates", "days_of_months", "misdated"]

Day = tuple[int, int]
"""A month and a day of it, both from 1."""

_DAY = r"(?<![\d.,:/])(?:0?[1-9]|[12]\d|3[01])(?![.,:]?\d)"
# "from September 24 to 10am", "in September 20 million"
_NO_DAY = r"(?!\s?(?:%|per\s?cent|thousand|million|billion|[ap]\.?m\b|o[’']clock|hours?\b))"
_YEAR = r"(?:1[89]|20)\d\d"
_NUMERIC = (
    rf"(?<![\d.,:/-])(?P<first>\d\d?)(?P<mark>[./-])(?P<second>\d\d?)(?:(?P=mark)(?P<year>{_YEAR}"
    r"|\d\d(?!\d)))?(?![\d%]|[.,:/-]\d)"
)
_ISO = rf"(?<!\d)(?P<iso_year>{_YEAR})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)(?!\d)"
_NUMBERS = re.compile(f"{_ISO}|{_NUMERIC}")


def _listed(day: str, between: str) -> str:
    """Days before or after one month: "3-5", "с 3 по 5", "3, 4 и 5"."""
    return rf"(?P<days>{day}(?:(?:,\s*{day}){{0,6}}(?:{between}){day})?)"


_RU_DAY = rf"{_DAY}(?:-?(?:го|е|ое|ого|му|м|й|ым|ому))?"
_EN_DAY = rf"{_DAY}(?:\s?(?:st|nd|rd|th)\b)?"
_EN_MONTH = (
    r"(?P<month>(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b)\.?"
)
_EN_BETWEEN = r"\s?[-–—]\s?|,?\s+(?:and|to|or|through|until|till)\s+(?:the\s+)?"
_VI_DAY = rf"(?:(?:ngày|mùng|mồng)\s+){{0,2}}{_DAY}"
_WITH_MONTHS = {
    "ru": (
        re.compile(
            _listed(_RU_DAY, r"\s?[-–—]\s?|,?\s+(?:и|по|до|или)\s+")
            + r"\s+(?P<month>[а-яё]{2,9})(?![\w-])",
            re.IGNORECASE,
        ),
    ),
    "en": (
        re.compile(_EN_MONTH + r"\s+(?:the\s+)?" + _listed(_EN_DAY, _EN_BETWEEN) + _NO_DAY),
        re.compile(_listed(_EN_DAY, _EN_BETWEEN) + r"\s+(?:of\s+)?" + _EN_MONTH),
    ),
    "vi": (
        re.compile(
            _listed(_VI_DAY, r"\s?[-–—]\s?|,?\s+(?:và|đến|tới|hoặc)\s+(?:hết\s+)?")
            + r"(?:\s+tháng\s+|\s?/\s?)"
            + r"(?P<month>0?[1-9](?!\d)|1[0-2](?!\d)|[^\W\d_]+(?: [mh]\w+)?)",
            re.IGNORECASE,
        ),
    ),
}
_ALONE = re.compile(r"\d\d?")
_UP_TO = re.compile(r"[-–—]\s*$|\s(?:по|до|to|through|until|till|đến|tới)\s")
# what makes two numbers with a mark between them a date in a translation
_BEFORE_NUMBERS = re.compile(
    r"(?:ngày|mùng|mồng|sáng|trưa|chiều|tối|đêm|rạng sáng|hôm)\s$", re.IGNORECASE
)
# a day whose month is said elsewhere: "25-го", "12 числа", "the 12th", "ngày 12"
_WITHOUT_MONTH = {
    "ru": re.compile(r"(?<![\d.,:])(\d\d?)(?:-?(?:го|ого|е|ое)\b|\s+числ)"),
    "en": re.compile(r"\b(\d\d?)(?:st|nd|rd|th)\b"),
    "vi": re.compile(r"(?:ngày|mùng|mồng)\s+(\d\d?)(?![\d/.,-])", re.IGNORECASE),
}
# "второго сентября", "Первое мая"
_ORDINAL = {
    "ru": re.compile(r"(?<!\w)(?:[а-яё]+\s)?[а-яё]+(?:ого|ое|его|ье)(?!\w)", re.IGNORECASE),
    "en": re.compile(r"(?<!\w)[a-z-]*(?:th|first|second|third)(?!\w)", re.IGNORECASE),
    "vi": re.compile(r"(?:ngày|mùng|mồng)\s+([^\W\d_]+(?: [^\W\d_]+)?)", re.IGNORECASE),
}
_VI_MONTHS = {
    "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7,
    "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "chạp": 12,
}  # fmt: skip
_RU_SHORT = {
    "янв": 1, "фев": 2, "февр": 2, "мар": 3, "апр": 4, "июн": 6, "июл": 7, "авг": 8, "сен": 9,
    "сент": 9, "окт": 10, "ноя": 11, "нояб": 11, "дек": 12,
}  # fmt: skip
# for the days between two dates; a leap year, so that it has all of them
_CALENDAR = 2024
_LONGEST = 62
# between the two: "3 сентября по 5 октября"
_FARTHEST = 30
_REACH = 16


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """A date as it is written.

    Attributes:
        span: all of it; "3-5 сентября" is two dates of the same span.
        day: where its day stands.
        text: the characters of the span.
        readings: the days it may mean; "3/5" is in May, or in March.
    """

    span: Span
    day: Span
    text: str
    readings: frozenset[Day]


def dates(pair: Pair) -> Iterator[EditorWarning]:
    """Report dates of a translation that its source does not have."""
    wrong = misdated(pair.target, pair.to, pair.source, SOURCE)
    # a number that is new by itself is reported as such
    new = [quantity.span for quantity in invented(pair)] if wrong else []
    for found in wrong:
        if any(span.start < found.span.end and found.span.start < span.end for span in new):
            continue
        yield warning("date_changed", f"{found.text} is no date of the source", target=found.span)


def misdated(text: str, language: str, source: str, source_language: str) -> list[DayOfMonth]:
    """Return the dates of a text that another does not support.

    Args:
        text: what is doubted, of any length.
        language: its language: ``"ru"``, ``"en"`` or ``"vi"``.
        source: what must support it.
        source_language: its language.

    Returns:
        Those whose day and month do not stand together there, and whose day does not stand there
        without a month; days between the first and the last of a period are supported.
    """
    stated = days_of_months(masked(text), language)
    if not stated:
        return []
    known, free = _supporting(masked(source), source_language)
    return [
        found
        for found in stated
        if not found.readings & known and not {day for _, day in found.readings} & free
    ]


def days_of_months(text: str, language: str) -> list[DayOfMonth]:
    """Return the dates that a text surely states, in order.

    Args:
        text: of any length.
        language: ``"ru"``, ``"en"`` or ``"vi"``.
    """
    found = list(_with_months(text, language))
    taken = {place for item in found for place in range(item.span.start, item.span.end)}
    for match in _NUMBERS.finditer(text):
        sure = match["year"] or match["iso_year"] or (language == "vi" and _is_called(text, match))
        if sure and not taken & set(range(*match.span())) and (item := _in_numbers(match)):
            found.append(item)
    return sorted(found, key=lambda item: item.day)


def _is_called(text: str, match: re.Match[str]) -> bool:
    """Whether a Vietnamese word before the numbers says that they are a date.

    "ngày 3-5" is the third of May or three days: it is not sure.
    """
    before = text[max(0, match.start() - _REACH) : match.start()]
    return match["mark"] == "/" and bool(_BEFORE_NUMBERS.search(before))


def _with_months(text: str, language: str, *, sure: bool = True) -> Iterator[DayOfMonth]:
    """Yield the days beside each month; ``sure`` leaves out what may be something else."""
    for pattern in _WITH_MONTHS[language]:
        for match in pattern.finditer(text):
            month = _month(match["month"].lower(), language)
            if not month or (sure and language == "vi" and not _is_vietnamese_date(text, match)):
                continue
            start = match.start("days")
            for found in _ALONE.finditer(match["days"]):
                day = (month, int(found.group()))
                if _calendar(day) is not None:
                    place = Span(start + found.start(), start + found.end())
                    yield DayOfMonth(Span(*match.span()), place, match.group(), frozenset({day}))


def _is_vietnamese_date(text: str, match: re.Match[str]) -> bool:
    """Whether "3/9" is no fraction and "9 tháng năm" no nine months: a word or a year says so."""
    if text[match.end("days") : match.start("month")].strip() != "/" and match["month"].isdecimal():
        return True
    if re.match(r"ngày|mùng|mồng", match["days"], re.IGNORECASE):
        return True
    before = text[max(0, match.start() - _REACH) : match.start()]
    after = re.match(rf"\s?[/-]\s?{_YEAR}", text[match.end() : match.end() + _REACH])
    return bool(after or _BEFORE_NUMBERS.search(before))


def _month(word: str, language: str) -> int:
    if word.isdecimal():
        return int(word)
    if language == "vi":
        first = word.split(" ", 1)[0]
        return _VI_MONTHS.get(word) or _VI_MONTHS.get(first, 0)
    return month_of(word, language) or (_RU_SHORT.get(word, 0) if language == "ru" else 0)


def _in_numbers(match: re.Match[str]) -> DayOfMonth | None:
    if match["iso_year"]:
        pairs = {(int(match["iso_month"]), int(match["iso_day"]))}
    else:
        first, second = int(match["first"]), int(match["second"])
        pairs = {(second, first), (first, second)}
    readings = frozenset(pair for pair in pairs if _calendar(pair) is not None)
    span = Span(*match.span())
    return DayOfMonth(span, span, match.group(), readings) if readings else None


def _calendar(day: Day) -> date | None:
    try:
        return date(_CALENDAR, *day)
    except ValueError:
        return None


@lru_cache(maxsize=16)
def _supporting(text: str, language: str) -> tuple[frozenset[Day], frozenset[int]]:
    """Return the dates that a text may mean, and the days whose month stands elsewhere."""
    numeric = (_in_numbers(match) for match in _NUMBERS.finditer(text))
    items = [*_with_months(text, language, sure=False), *(item for item in numeric if item)]
    items.sort(key=lambda item: item.day)
    found = {day for item in items for day in item.readings}
    for before, after in pairwise(items):
        apart = after.day.start - before.day.end
        if apart <= _FARTHEST and _UP_TO.search(text, before.day.end, after.day.start):
            for first in before.readings:
                for last in after.readings:
                    found |= _between(first, last)
    return frozenset(found), frozenset(_without_month(text, language))


def _between(first: Day, last: Day) -> set[Day]:
    """Return the days of a period, none if it is longer than two months."""
    start, end = _calendar(first), _calendar(last)
    if start is None or end is None or not timedelta(0) <= end - start <= timedelta(_LONGEST):
        return set()
    days = (start + timedelta(place) for place in range((end - start).days + 1))
    return {(day.month, day.day) for day in days}


def _without_month(text: str, language: str) -> Iterator[int]:
    for match in _WITHOUT_MONTH[language].finditer(text):
        yield int(match[1])
    for match in _ORDINAL[language].finditer(text):
        for value in worded(match[match.lastindex or 0], language):
            if 1 <= value <= 31:
                yield int(value)

"""Numbers, dates and amounts in a text as values, whatever way its language writes them.

"1,2 млрд", "1.2 billion" and "1,2 tỷ" are the same value; "1.245" is a thousand and more in
Vietnamese and little more than one in English. An expression may be read in several ways (a date
part by part, a range whose first number shares the scale word of the second); it is supported if
one of its readings is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from tolmach.checks.number_words import month_of, scale_of, worded
from tolmach.document import Span

__all__ = ["Quantity", "Values", "quantities", "roman_value"]

Reading = tuple[frozenset[Decimal], ...]
"""Parts that all must be supported; each by any of its values."""

# digits with separators inside: 1 245, 8.500, 20,5, 30.11.2025; a space separates only thousands;
# m2, km2, CO2 hold no number
_NUMBER = re.compile(r"(?<![mO\d])\d+(?:[.,/:]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
_ROMAN = re.compile(r"(?<![\w.-])(?:[IVXLC]{2,}|[IVX])(?![\w’'])")
_ROMAN_FORM = re.compile(r"(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
# three digits in each group but the first: thousands
_GROUPED = {mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+") for mark in ",."}
# dates, times, scores and lists, which are also read part by part; "1.245" is none of them
_PARTS = re.compile(
    r"\d+(?:[/:]\d+)+|\d{1,2}\.\d{2}|\d+(?:[.,]\d{1,2}){2,}|\d{1,4}\.\d{1,2}\.\d{2,4}"
)
_WORD_AFTER = re.compile(r"[ \u00a0\u202f-]?([^\W\d_]+)\.?")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \u00a0]?$")
_RANGE = re.compile(r"\s?(?:[-–—÷]|до|to|and|и|đến|tới|or|или|và|hoặc)\s?(?=\d)")
_CLOCK_AFTER = re.compile(r"\s?(?:[ap]\.?\s?m\b|h\b|hrs\b|o[’']clock)", re.IGNORECASE)
_DECADE_AFTER = re.compile(r"(?:-?[хе]\b|s\b|[’']s\b)")
_PER_CENT = re.compile(
    r"\s?-?(?:%|процент|per ?cent|percent|phần trăm|điểm phần trăm|điểm %|п\.\s?п)"
)
_CURRENCIES = {
    "usd": r"\$|usd|долл|доллар|dollar|đô la|đô-la|us\$",
    "eur": r"€|eur|евро|euro",
    "rub": r"₽|rub|руб|r(?:o)?uble|rúp",
    "vnd": r"₫|vnd|донг|dong|đồng",
    "cny": r"cny|юан|yuan|rmb|nhân dân tệ",
    "jpy": r"¥|jpy|иен|йен|yen|yên",
    "gbp": r"£|gbp|фунт|pound|bảng anh",
}
_UNIT_AFTER = re.compile(
    r"[ \u00a0\u202f-]?(?:американск\w{2,3} |канадск\w{2,3} |us |u\.s\. )?(?:"
    + "|".join(f"(?P<{name}>{form})" for name, form in _CURRENCIES.items())
    + ")",
    re.IGNORECASE,
)
_UNIT_BEFORE = re.compile(r"(?:(?P<usd>(?:us)?\$|usd )|(?P<eur>€|eur )|(?P<gbp>£))\s?$", re.I)
_MAX_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it is written and what it may mean.

    Attributes:
        span: the digits (or Roman numeral or month) with a scale word.
        text: the characters of the span.
        readings: ways to read it, the most likely first.
        unit: ``"%"``, a currency code, or empty if there is none.
    """

    span: Span
    text: str
    readings: tuple[Reading, ...]
    unit: str = ""

    @property
    def value(self) -> Decimal:
        """The value of the first reading's first part."""
        return min(self.readings[0][0])


@dataclass(frozen=True)
class Values:
    """All values of a text.

    Attributes:
        text: the text.
        language: its language code.
    """

    text: str
    language: str

    @cached_property
    def stated(self) -> tuple[Quantity, ...]:
        """What is written in digits, Roman numerals or names of months, in order."""
        return quantities(self.text, self.language)

    @cached_property
    def known(self) -> frozenset[Decimal]:
        """Every value of what is stated."""
        return frozenset(
            value
            for quantity in self.stated
            for reading in quantity.readings
            for part in reading
            for value in part
        )

    @cached_property
    def supporting(self) -> frozenset[Decimal]:
        """Also the values of number words, which support others and need no support.

        So do single letters that may be Roman numerals: they may as well be initials.
        """
        single = {
            Decimal(_ROMAN_DIGITS[match[0]])
            for match in _ROMAN.finditer(self.text)
            if match[0] in {"I", "V", "X"}
        }
        return self.known | worded(self.text, self.language) | single

    def unsupported_by(self, other: Values) -> list[Quantity]:
        """Return what is stated here and has no value of another text."""
        doubtful = [item for item in self.stated if not _supported(item, other.known)]
        # number words take longer to read than digits, and few texts need them
        return [item for item in doubtful if not _supported(item, other.supporting)]


def quantities(text: str, language: str) -> tuple[Quantity, ...]:
    """Return what a text writes in digits, Roman numerals and names of months, in order."""
    found = [*_in_digits(text, language), *_in_roman(text), *_months(text, language)]
    return tuple(sorted(found, key=lambda quantity: quantity.span))


def _in_digits(text: str, language: str) -> Iterator[Quantity]:
    power, unit = 0, ""
    # from the end, so that "10-15 млн" and "с 10 до 8%" know what follows their second number
    for match in reversed(list(_NUMBER.finditer(text))):
        start, end = match.span()
        rest = text[end : end + 40].lower()
        own_power, length = _scale_after(rest, language)
        own_unit = _unit(text, start, end + length)
        readings = list(_readings(match.group(), text, match, language))
        if own_power:
            power = own_power
            readings = [_times(item, power) for item in readings if len(item) == 1] or readings
        elif _RANGE.match(rest):
            own_unit = own_unit or unit
            if power:
                readings += [_times(item, power) for item in readings if len(item) == 1]
        else:
            power = 0
        unit = own_unit
        span = Span(start, end + length)
        yield Quantity(span, span.of(text), tuple(readings), own_unit)


def _scale_after(rest: str, language: str) -> tuple[int, int]:
    """Return the power of ten of scale words right after a number, and how long they are."""
    power, place = 0, 0
    while match := _WORD_AFTER.match(rest, place):
        found = scale_of(match[1], language)
        if not found:
            break
        power += found
        place = match.end(1)
    return power, place


def _times(reading: Reading, power: int) -> Reading:
    factor = Decimal(10) ** power
    return tuple(frozenset(value * factor for value in part) for part in reading)


def _readings(number: str, text: str, match: re.Match[str], language: str) -> Iterator[Reading]:
    after = text[match.end() : match.end() + 12]
    whole = _plain(number, language)
    if whole is not None:
        values = {whole}
        if whole < 100 and (_DECADE_AFTER.match(after) or _is_decade(text, match.start())):
            values |= {whole + 1900, whole + 2000}
        elif _DECADE_AFTER.match(after) and 1900 <= whole < 2100:
            values.add(whole % 100)
        if _CLOCK_AFTER.match(after) and whole < 12:
            values.add(whole + 12)
        yield (frozenset(values),)
    if whole is None or _PARTS.fullmatch(number):
        pieces = [_small(piece) for piece in re.split(r"[./:,\s]", number)]
        if len(pieces) == 2 and ":" in number and not pieces[1]:
            pieces.pop()  # 8:00 is 8 o'clock
        parts = [_piece_values(value, place) for place, value in enumerate(pieces)]
        if len(pieces) == 2 and 1900 <= pieces[0] < 2100 and pieces[1] < 100:
            parts[1] |= {pieces[1] + pieces[0] // 100 * 100}  # 2026/27
        yield tuple(parts)


def _piece_values(value: Decimal, place: int) -> frozenset[Decimal]:
    # the first part may be an hour that the other language counts from noon; :00 may be left out
    if place == 0 and value <= 24:
        return frozenset({value, (value + 12) % 24, value % 12})
    return frozenset({value})


def _is_decade(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start].lower()
    return bool(re.search(r"(?:thập niên|thập kỷ|năm|những năm)\s?$", before))


def _plain(number: str, language: str) -> Decimal | None:
    """Read digits as one number by the rules of a language, None if they cannot be one."""
    digits = re.sub(r"[ \u00a0\u202f]", "", number)
    if len(digits) > _MAX_DIGITS or "/" in digits or ":" in digits:
        return _small(digits) if digits.isdecimal() else None
    thousands, point = (",", ".") if language == "en" else (".", ",")
    head, _, tail = digits.partition(point)
    if point in tail:  # twice: it must separate thousands, or a date
        return _small(digits.replace(point, "")) if _GROUPED[point].fullmatch(digits) else None
    if thousands in head:
        if not _GROUPED[thousands].fullmatch(head):
            # "20.5" in Russian or Vietnamese: the point of the other convention
            if tail or head.count(thousands) > 1:
                return None
            return Decimal(head.replace(thousands, "."))
        head = head.replace(thousands, "")
    if thousands in tail:
        return None
    return Decimal(f"{head}.{tail}") if tail else Decimal(head)


def _small(digits: str) -> Decimal:
    return Decimal("".join(char for char in digits[:2000] if char.isdecimal()) or "0")


def _unit(text: str, start: int, end: int) -> str:
    rest = text[end : end + 40]
    if _PER_CENT.match(rest.lower()):
        return "%"
    match = _UNIT_AFTER.match(rest) or _UNIT_BEFORE.search(text[max(0, start - 6) : start])
    return (match.lastgroup or "") if match else ""


def _in_roman(text: str) -> Iterator[Quantity]:
    for match in _ROMAN.finditer(text):
        numeral = match.group()
        if len(numeral) > 1 and _ROMAN_FORM.fullmatch(numeral):
            yield _simple(match, roman_value(numeral))


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral of the digits I, V, X, L and C."""
    values = [_ROMAN_DIGITS[char] for char in numeral]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


_BEFORE_MONTH = re.compile(
    r"(?:\d\w{0,2}|of|in|and|since|from|late|early|mid|by|until|to|last|next|this|before|after) $"
)
_MONTH_WORD = {
    "ru": re.compile(r"(?<!\w)(?:янв|фев|мар|апр|ма|ию|авг|сен|окт|ноя|дек)[а-яё]*"),
    "en": re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|Ju[nl]|Aug|Sep|Oct|Nov|Dec)[a-z]*"),
}


def _months(text: str, language: str) -> Iterator[Quantity]:
    pattern = _MONTH_WORD.get(language)
    if pattern is None:
        return
    for match in pattern.finditer(text):
        month = month_of(match.group().lower(), language)
        if month and (language == "ru" or _dated(text, match)):
            yield _simple(match, month)


def _dated(text: str, match: re.Match[str]) -> bool:
    """Whether a name of a month is one: "March 5", "5 March", "in May"."""
    if match.group() not in {"March", "Mar", "May", "Jan", "Jun", "Dec"}:
        return True
    before = text[max(0, match.start() - 12) : match.start()]
    after = text[match.end() : match.end() + 4]
    return bool(re.match(r"\.?,? ?\d", after) or _BEFORE_MONTH.search(before))


def _simple(match: re.Match[str], value: int) -> Quantity:
    return Quantity(Span(*match.span()), match.group(), ((frozenset({Decimal(value)}),),))


def _supported(quantity: Quantity, known: frozenset[Decimal]) -> bool:
    """Whether one reading of a quantity is made of known values."""
    return any(all(part & known for part in reading) for reading in quantity.readings)

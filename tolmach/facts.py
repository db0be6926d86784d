"""Numbers and names: what of one text is supported by another, in whatever language it is.

These are cheap tests that need no model. They answer "does this output state something that the
source does not?" for translations and for summaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

from tolmach import resources
from tolmach.config.yamlfile import load_yaml
from tolmach.languages import is_vietnamese, strip_marks

__all__ = ["names", "numbers", "unstated_numbers", "unsupported_names", "unsupported_numbers"]

# digits with separators inside: 1 245, 8.500, 20,5, 30.11.2025; a space separates only thousands
_NUMBER = re.compile(r"\d+(?:[.,/:]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
# "9,000" and "9.000", which are neither 9 nor a date
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_ROMAN = re.compile(r"\b[IVXLC]{2,}\b|\b[IVX]\b")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_REPEATED = re.compile(r"(.)\1+")
_CLOCK = re.compile(r"(?:1[3-9]|2[0-3])(?:[:.][0-5]\d)?")
# smaller numbers are written as words as often as not, and months become numbers
_SMALLEST = 13

# Russian letters to rough consonants; vowels are dropped because transcriptions differ in them
_SOUNDS = str.maketrans(
    dict(zip("бвгджзклмнпрстфхцчшщ", "bvgdjzklmnprstfhscss", strict=True))
    | dict.fromkeys("йьъяюёеаоуыэи")
)
# the same sounds in Latin letters, as most languages and as Vietnamese write them
_FOREIGN = (
    ("tch", "c"), ("sch", "s"), ("zh", "j"), ("kh", "h"), ("ch", "c"), ("sh", "s"), ("ph", "f"),
    ("th", "t"), ("ts", "s"), ("ck", "k"), ("x", "ks"), ("c", "k"), ("q", "k"), ("w", "v"),
)  # fmt: skip
_VIETNAMESE = (
    ("ngh", "ng"), ("gh", "g"), ("gi", "z"), ("tr", "c"), ("ch", "c"), ("ph", "f"), ("kh", "h"),
    ("nh", "n"), ("đ", "D"), ("d", "z"), ("D", "d"), ("x", "s"), ("c", "k"), ("q", "k"),
)  # fmt: skip
# sounds that transcriptions exchange: в ф w, г х h, з с ж ч j, т ть ch, б п, д з
_EXCHANGED = str.maketrans("vghzjcbdt", "fhhssspss")
_ALIKE = 60.0
_CAPITALISED = re.compile(r"(?<![.!?:»\"”“«(‘'] )(?<![“\"«(‘'])(?<!^)\b[A-ZÀ-ỸĐ][\w’'-]{3,}")
_SOURCE_WORD = re.compile(r"[^\W\d_]+")

# stems of Russian number words; tens and units combine ("тридцать три")
_UNITS = {
    "перв": 1, "одн": 1, "два": 2, "дву": 2, "втор": 2, "три": 3, "трё": 3, "трет": 3, "четыр": 4,
    "четв": 4, "пят": 5, "шест": 6, "сем": 7, "седьм": 7, "вос": 8, "девят": 9,
}  # fmt: skip
_TENS = {
    "двадцат": 20, "тридцат": 30, "сорок": 40, "пятьдесят": 50, "пятидесят": 50, "шестьдесят": 60,
    "шестидесят": 60, "семьдесят": 70, "семидесят": 70, "восемьдесят": 80, "восьмидесят": 80,
    "девяност": 90, "столет": 100, "сотн": 100, "сто": 100, "ста": 100, "двухсот": 200,
    "тысяч": 1000,
}  # fmt: skip
_TEENS = {
    "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17,
    "восемнадцат": 18, "девятнадцат": 19,
}  # fmt: skip


def numbers(text: str) -> set[str]:
    """Return the numbers of a text in a form that separators and scale words do not change.

    ``1,2``, ``1.2`` and ``1200`` all give ``12``: what is compared are the significant digits, so
    that "1,2 тыс." supports "1,200" and "20,5" supports "20.5". Roman numerals count as numbers.
    """
    found = {_significant(number) for number in _pieces(text)}
    found |= {_significant(str(_roman(numeral))) for numeral in _ROMAN.findall(text)}
    return found


def _pieces(text: str) -> Iterable[str]:
    for number in _NUMBER.findall(text):
        yield number
        # a date or a range is also supported part by part
        yield from re.split(r"[./:,]", number) if re.search(r"[./:,]", number) else ()


def _significant(number: str) -> str:
    digits = re.sub(r"\D", "", number).lstrip("0")
    return digits.rstrip("0") or digits or "0"


def _roman(numeral: str) -> int:
    values = [_ROMAN_DIGITS[char] for char in numeral]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


def _spelled_out(text: str) -> set[int]:
    found = text.lower()
    teens = {value for stem, value in _TEENS.items() if stem in found}
    tens = {value for stem, value in _TENS.items() if re.search(rf"\b{stem}", found)}
    units = {value for stem, value in _UNITS.items() if re.search(rf"\b{stem}", found)}
    return teens | tens | {ten + unit for ten in tens for unit in units}


def unsupported_numbers(text: str, source: str) -> list[str]:
    """Return the numbers of ``text`` that ``source`` does not contain, as they are written.

    Numbers below 13 are not looked at: they are written as words, or are months. Russian number
    words up to two hundred count as numbers of the source.
    """
    known = numbers(source)
    doubtful = [number for number in _NUMBER.findall(text) if not _supported(number, known)]
    if not doubtful:
        return []
    spelled = {_significant(str(value)) for value in _spelled_out(source)}
    return [number for number in doubtful if not _supported(number, spelled)]


def _supported(number: str, known: set[str]) -> bool:
    if _significant(number) in known or _value(number) < _SMALLEST:
        return True
    if _CLOCK.fullmatch(number) and _significant(str(int(number[:2]) % 12)) in known:
        return True  # 17:30 becomes 5.30 pm
    parts = re.split(r"[./:]", _THOUSANDS.sub("", number))
    # a date: a part that could be a day or month alone is not looked at
    return len(parts) > 1 and all(
        _value(part) < _SMALLEST or _significant(part) in known for part in parts
    )


def _value(number: str) -> int:
    digits = re.sub(r"\D", "", _THOUSANDS.sub("", number).split(",")[0]).lstrip("0")
    # it is only compared with small numbers, and Python refuses thousands of digits
    return int(digits[:6] or 0)


def unstated_numbers(text: str, source: str) -> list[str]:
    """Return the numbers of ``text`` that do not stand in ``source``, a text of the same language.

    Unlike :func:`unsupported_numbers` this takes each number digit by digit, since nothing was
    translated between the two: 48 does not support 480. Numbers below 13 are not looked at.
    """
    known = {re.sub(r"\D", "", number) for number in _pieces(source)}
    return [
        number
        for number in _NUMBER.findall(text)
        if _value(number) >= _SMALLEST and re.sub(r"\D", "", number) not in known
    ]


def names(text: str) -> list[str]:
    """Return capitalised Latin words inside sentences: what may be names.

    Words at the beginning of a sentence or quotation are left out, and so are short ones.
    """
    return _CAPITALISED.findall(text)


def unsupported_names(text: str, source: str, *, language: str) -> list[str]:
    """Return names in ``text`` that sound like nothing in ``source``.

    Args:
        text: English or Vietnamese.
        source: Russian, or the language of ``text``.
        language: of ``text``.

    Returns:
        The words in question. Countries and offices whose names differ between languages are
        taken for supported, and so are Vietnamese words that are not names of people.
    """
    written = _SOURCE_WORD.findall(source)
    plain = {strip_marks(word).lower() for word in written}
    sounds = {sound for word in written for sound in _readings(word)}
    return [
        name
        for name in names(text)
        if not _is_ordinary(name, language)
        and strip_marks(name).lower() not in plain
        and not any(_heard(reading, sounds) for reading in _readings(name))
    ]


def _is_ordinary(name: str, language: str) -> bool:
    if language == "vi":
        # Vietnamese words are capitalised in offices and countries; foreign names carry no marks
        return is_vietnamese(name) or bool(_SYLLABLE.fullmatch(strip_marks(name)))
    base = name.lower().removesuffix("'s").removesuffix("’s")
    parts = base.split("-")
    ordinary = _ordinary_words()
    return all(part in ordinary or part.removesuffix("s") in ordinary for part in parts)


_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x)?"
    r"[aeiouy]{1,3}(?:c|ch|m|n|ng|nh|p|t)?",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def _readings(word: str) -> tuple[str, ...]:
    """Return the consonants of a word, for each way its spelling may have been meant."""
    lowered = word.lower().removesuffix("'s").removesuffix("’s")
    if any("\u0400" <= char <= "\u04ff" for char in lowered):
        readings = [lowered.replace("дж", "ж").translate(_SOUNDS)]
    else:
        readings = []
        for spellings in (_FOREIGN, _VIETNAMESE):
            reading = lowered
            for spelling, sound in spellings:
                reading = reading.replace(spelling, sound)
            readings.append(re.sub(r"[^b-df-hj-np-tv-xz]", "", strip_marks(reading)))
    return tuple({_REPEATED.sub(r"\1", reading.translate(_EXCHANGED)) for reading in readings})


def _heard(name: str, sounds: set[str]) -> bool:
    if len(name) < 2:
        return True
    if any(name in sound or (len(sound) > 1 and sound in name) for sound in sounds):
        return True
    return any(fuzz.ratio(name, sound) >= _ALIKE for sound in sounds)


@lru_cache(maxsize=1)
def _ordinary_words() -> frozenset[str]:
    file = load_yaml(resources.folder("configs") / "exonyms.yaml")
    return frozenset(word for group in file.data.values() for word in str(group).split())

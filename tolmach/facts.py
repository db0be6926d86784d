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

__all__ = ["names", "unstated_numbers", "unsupported_names"]

# digits with separators inside: 1 245, 8.500, 20,5, 30.11.2025; a space separates only thousands
_NUMBER = re.compile(r"\d+(?:[.,/:]\d+|[ \u00a0\u202f]\d{3}(?!\d))*")
# "9,000" and "9.000", which are neither 9 nor a date
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_REPEATED = re.compile(r"(.)\1+")
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
_CAPITALISED = re.compile(
    r"(?<![.!?:»\"”“«(‘'] )(?<![“\"«(‘'])(?<!^)\b[A-ZÀ-ÞĂĐĨŨƠƯẠ-Ỹ][\w’'-]{3,}"
)
_SOURCE_WORD = re.compile(r"[^\W\d_]+")


def _pieces(text: str) -> Iterable[str]:
    for number in _NUMBER.findall(text):
        yield number
        # a date or a range is also supported part by part
        yield from re.split(r"[./:,]", number) if re.search(r"[./:,]", number) else ()


def _value(number: str) -> int:
    digits = re.sub(r"\D", "", _THOUSANDS.sub("", number).split(",")[0]).lstrip("0")
    # it is only compared with small numbers, and Python refuses thousands of digits
    return int(digits[:6] or 0)


def unstated_numbers(text: str, source: str) -> list[str]:
    """Return the numbers of ``text`` that do not stand in ``source``, a text of the same language.

    Each number is taken digit by digit, since nothing was translated between the two (else see
    :mod:`tolmach.checks.numbers`): 48 does not support 480. Numbers below 13 are not looked at.
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
        if name not in source
        and not _is_ordinary(name, language)
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

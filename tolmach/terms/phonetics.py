"""How alike a name in Russian letters and a run of Latin words sound.

A model that does not know a name spells it by ear, by letter, or half in the manner of some other
language. What survives are most of the letters and nearly all of the consonants, so two things
are compared: the letters without marks and spaces, and a skeleton of consonants in which the
sounds that transcriptions exchange (ch and t, z and d, kh and h, f and v) are one. The letters of
a Russian name are read both after the practical romanisation of English newsrooms and letter for
letter. Ratios are normalised insertion-deletion similarities as ``rapidfuzz`` computes them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from tolmach.languages import strip_marks

__all__ = ["Sound", "fold", "romanise", "similarity", "sound", "spelling_key"]

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_PRACTICAL = "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya"
_BY_LETTER = "a b v g d e e j z i i k l m n o p r s t u f h c ch sh sch - y - e iu ia"

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_NO_LETTER = re.compile(r"[\W\d_]+")
# longest first; the second letter of a pair never begins another pair
_CONSONANTS = (
    ("shch", "s"), ("sch", "s"), ("ngh", "n"), ("tch", "t"), ("ch", "t"), ("tr", "t"), ("th", "t"),
    ("ts", "s"), ("sh", "s"), ("ph", "f"), ("kh", "h"), ("nh", "n"), ("ng", "n"), ("gh", "g"),
    ("gi", "d"), ("dzh", "d"), ("dj", "d"), ("zh", "d"), ("ck", "k"), ("x", "s"), ("qu", "k"),
)  # fmt: skip
# sounds that transcriptions exchange: z d j, c q k, f v w, h g
_EXCHANGED = str.maketrans("zjcqvwg", "ddkkffh")
_VOWELS = re.compile(r"[aeiouy]+")
_REPEATED = re.compile(r"(.)\1+")
# the five tones of Vietnamese as combining marks; the level tone has none
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SYLLABLE_BREAK = re.compile(r"([^\W\d_][^\W_]*)")

# how much the skeleton counts, and how many consonants it needs for that: two of them say little
_SKELETON_WEIGHT = 0.35
_WHOLE_SKELETON = 4


@dataclass(frozen=True, slots=True)
class Sound:
    """A text reduced to what is compared.

    Attributes:
        letters: lower case Latin letters without marks.
        skeleton: classes of its consonants, with a mark for a vowel at the beginning.
    """

    letters: str
    skeleton: str


def _table(latin: str) -> dict[int, str]:
    sounds = dict(zip(_RUSSIAN, latin.split(" "), strict=True))
    return str.maketrans({letter: value.strip("-") for letter, value in sounds.items()})


_TABLES = {"practical": _table(_PRACTICAL), "letter": _table(_BY_LETTER)}


def romanise(text: str, *, system: str = "practical") -> str:
    """Return Russian text in lower case Latin letters.

    Args:
        text: in any script; what is not Cyrillic stays.
        system: ``"practical"`` as English newsrooms do (zh, kh, ya), or ``"letter"`` (j, h, ia).
    """
    return text.lower().translate(_TABLES[system])


# the same words are compared with every name of an article
@lru_cache(maxsize=32768)
def fold(text: str) -> str:
    """Return the letters of a text: lower case, Latin, without marks, spaces and hyphens."""
    if _CYRILLIC.search(text):
        text = romanise(text)
    return _NO_LETTER.sub("", strip_marks(text).lower())


@lru_cache(maxsize=32768)
def sound(text: str) -> Sound:
    """Return what of a text is compared; Cyrillic letters are romanised first."""
    letters = fold(text)
    skeleton = letters
    for spelling, heard in _CONSONANTS:
        if spelling in skeleton:
            skeleton = skeleton.replace(spelling, heard)
    skeleton = skeleton.translate(_EXCHANGED)
    first = "a" if skeleton[:1] in set("aeiouy") else ""
    return Sound(letters, first + _VOWELS.sub("", _REPEATED.sub(r"\1", skeleton)))


def similarity(text: str, references: Iterable[Sound]) -> float:
    """Return how much a text sounds like the closest of some references, 0 to 1."""
    heard = sound(text)
    if not heard.letters:
        return 0.0
    return max((_alike(heard, reference) for reference in references), default=0.0)


@lru_cache(maxsize=65536)
def _alike(one: Sound, other: Sound) -> float:
    letters = fuzz.ratio(one.letters, other.letters)
    skeleton = fuzz.ratio(one.skeleton, other.skeleton)
    size = max(len(one.skeleton), len(other.skeleton))
    weight = _SKELETON_WEIGHT * min(size / _WHOLE_SKELETON, 1.0)
    return ((1 - weight) * letters + weight * skeleton) / 100


@lru_cache(maxsize=32768)
def spelling_key(text: str, *, marks: bool) -> str:
    """Return what two spellings of a form share if both are right.

    Case, the kind of hyphen and of apostrophe, and the vowel on which a Vietnamese tone is written
    (hoà, hòa) do not matter.

    Args:
        text: a form of one or several words.
        marks: whether accents and tones matter.
    """
    lowered = text.lower().replace("‑", "-").replace("’", "'")
    if not marks:
        return strip_marks(lowered)
    return _SYLLABLE_BREAK.sub(_tone_last, unicodedata.normalize("NFC", lowered))


def _tone_last(match: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFD", match.group())
    tones = "".join(char for char in decomposed if char in _TONES)
    if not tones:
        return match.group()
    plain = "".join(char for char in decomposed if char not in _TONES)
    return unicodedata.normalize("NFC", plain) + tones

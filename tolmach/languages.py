"""What tolmach knows about its three languages, from their letters alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from tolmach.errors import ConfigError

__all__ = [
    "NAMES",
    "SOURCE",
    "TARGETS",
    "check_target",
    "cyrillic_share",
    "is_vietnamese",
    "language_of",
    "strip_marks",
    "vietnamese_share",
    "words",
]

SOURCE = "ru"
TARGETS = ("en", "vi")
NAMES: Mapping[str, str] = MappingProxyType({"ru": "Russian", "en": "English", "vi": "Vietnamese"})

# half of the letters; three of four Vietnamese syllables carry marks, but names and numbers do not
_MOSTLY, _MARKED = 0.5, 0.25
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# decomposed letters that Vietnamese has and English does not: the horn, the breve, the hook above
# and the dot below, any tone or circumflex on a vowel; and đ, which does not decompose
_VIETNAMESE = re.compile(
    r"[đĐ]|[ou]\u031b|a\u0306|[aeo]\u0302|[aeiouy][\u0300\u0301\u0303\u0309\u0323]",
    re.IGNORECASE,
)


def check_target(code: str) -> str:
    """Return a target language code.

    Raises:
        ConfigError: it is none that tolmach translates into.
    """
    if code not in TARGETS:
        raise ConfigError(f"cannot translate into {code!r}, only into {' and '.join(TARGETS)}")
    return code


def words(text: str) -> list[str]:
    """Return the words of a text, in any script, without numbers."""
    return _WORD.findall(text)


def cyrillic_share(text: str) -> float:
    """Return which share of the letters is Cyrillic, 0 to 1; 0 if there are no letters."""
    letters = len(_LETTER.findall(text))
    return len(_CYRILLIC.findall(text)) / letters if letters else 0.0


@lru_cache(maxsize=16384)
def is_vietnamese(word: str) -> bool:
    """Tell whether a word is written with marks that Vietnamese uses."""
    return not word.isascii() and bool(_VIETNAMESE.search(unicodedata.normalize("NFD", word)))


def vietnamese_share(text: str) -> float:
    """Return which share of the words is written with Vietnamese marks, 0 to 1."""
    found = words(text)
    return sum(map(is_vietnamese, found)) / len(found) if found else 0.0


def language_of(text: str) -> str:
    """Return which of the three languages a text is written in, by its letters.

    A text without any letters counts as English.
    """
    if cyrillic_share(text) > _MOSTLY:
        return "ru"
    return "vi" if vietnamese_share(text) > _MARKED else "en"


def strip_marks(text: str) -> str:
    """Return a text without accents and tones, đ as d."""
    decomposed = unicodedata.normalize("NFD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return plain.replace("đ", "d").replace("Đ", "D")

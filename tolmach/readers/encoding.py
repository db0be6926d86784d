"""Which encoding the bytes of a Russian text are in.

In this order: a byte order mark; UTF-16 without a mark (every second byte is 0x00 or 0x04, the
high bytes of ASCII and Cyrillic); strict UTF-8; UTF-8 with a few damaged bytes; and at last one
of the five 8-bit Cyrillic encodings.

Russian desks get headlines of twenty bytes, and libraries that guess among a hundred encodings
are weak there. So the 8-bit encodings are told apart by what their text would look like: each
decoding gets the mean log-likelihood of its non-ASCII characters under the letter frequencies of
Russian, with penalties for capitals inside words and for characters Russian prose has no use for.
The frequencies are those of O. N. Lyashevskaya and S. A. Sharov, "Frequency dictionary of modern
Russian" (2009), rounded. If no decoding looks like Russian, charset-normalizer is asked.
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from charset_normalizer import from_bytes

__all__ = ["CYRILLIC_ENCODINGS", "Decoded", "decode"]

CYRILLIC_ENCODINGS: Final = MappingProxyType(
    {"cp1251": 0.0, "koi8-r": -1.0, "cp866": -1.0, "iso8859-5": -2.0, "mac-cyrillic": -2.0}
)
"""The 8-bit encodings that are told apart, and how rare each is (log-odds, an estimate)."""

_NAMES: Final = MappingProxyType({"cp1251": "windows-1251", "iso8859-5": "iso-8859-5"})

# UTF-32 before UTF-16: the mark of UTF-32-LE begins with that of UTF-16-LE.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
)

_SAMPLE: Final = 1 << 16
_SCORED: Final = 1 << 14
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_PER_MILLE: Final = MappingProxyType(
    {"о": 110, "е": 85, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44}
    | {"к": 35, "м": 32, "д": 30, "п": 28, "у": 26, "я": 20, "ы": 19, "ь": 17, "г": 17, "з": 16}
    | {"б": 16, "ч": 14, "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5, "щ": 4, "э": 3}
    | {"ф": 3, "ъ": 0.4, "ё": 1}
)
_LETTER: Final = MappingProxyType({c: math.log(f / 1000) for c, f in _PER_MILLE.items()})
_PUNCTUATION: Final = frozenset("«»—–„“”…№§°©•\u00a0")
_DASHES: Final = frozenset("–—")
_NEVER_FIRST: Final = frozenset("ьъы")
_CAPITAL, _CAPITAL_INSIDE, _MARK, _FOREIGN = -0.5, -8.0, -6.0, -12.0
# Real sentences of 6 to 500 bytes have means above -4.5; the margin is in nats, for all of them.
_GOOD_MEAN, _GOOD_MARGIN = -5.5, 1.0
_DAMAGE: Final = re.compile("\ufffd")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded bytes.

    Attributes:
        text: the characters, without a byte order mark.
        encoding: the name of the encoding.
        doubt: why the choice of encoding is doubtful; empty if it is not. Damaged characters are
            in the text as U+FFFD and are no reason.
    """

    text: str
    encoding: str
    doubt: str = ""


def decode(data: bytes) -> Decoded:
    """Decode the bytes of a Russian text, whatever common encoding they are in.

    Never raises: bytes that fit nothing come back with a reason in :attr:`Decoded.doubt`.
    """
    return _marked(data) or _wide(data) or _utf8(data) or _single_byte(data)


def _marked(data: bytes) -> Decoded | None:
    for mark, name, codec in _MARKS:
        if data.startswith(mark):
            text = data.decode(codec, errors="replace")
            return Decoded(text.removeprefix("\ufeff"), name)
    return None


def _wide(data: bytes) -> Decoded | None:
    """UTF-16 without a mark; an odd last byte is damage, not a reason to think of another."""
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    if not half:
        return None
    high = [sum(sample[i::2].count(b) for b in (0, 4)) / half for i in (0, 1)]
    if min(high) > 0.2 or max(high) < 0.6:
        return None
    name = "utf-16-be" if high[0] > high[1] else "utf-16-le"
    return Decoded(data.decode(name, errors="replace"), name)


def _utf8(data: bytes) -> Decoded | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        # A file cut inside a character, or with a bad byte or two, is still UTF-8; in a file of
        # another encoding almost no byte sequence makes a Cyrillic letter.
        if len(_CYRILLIC.findall(text)) < 10 * len(_DAMAGE.findall(text)):
            return None
    return Decoded(text, "utf-8")


def _single_byte(data: bytes) -> Decoded:
    first = _HIGH.search(data)  # a page may begin with a long ASCII header
    start = max(0, first.start() - 1) if first else 0
    sample = data[start : start + _SCORED]
    # Encodings that make the same text of these bytes do not compete.
    ranked: dict[str, tuple[float, str, float]] = {}
    for name, rarity in CYRILLIC_ENCODINGS.items():
        text = sample.decode(name, errors="replace")
        total, mean = _likelihood(text)
        ranked.setdefault(text, (total + rarity, name, mean))
    (best, name, mean), (second, other, _) = sorted(ranked.values(), reverse=True)[:2]
    decoded = Decoded(data.decode(name, errors="replace"), _NAMES.get(name, name))
    if mean < _GOOD_MEAN:
        return _ask_library(data, replace(decoded, doubt="the text does not look Russian"))
    if best - second < _GOOD_MARGIN:
        return replace(decoded, doubt=f"it could be {_NAMES.get(other, other)} as well")
    return decoded


def _ask_library(data: bytes, fallback: Decoded) -> Decoded:
    """What charset-normalizer makes of bytes that are Russian in none of the encodings."""
    guess = from_bytes(data[:_SAMPLE]).best()
    if guess is None:
        return fallback
    try:
        text = data.decode(guess.encoding)
    except (UnicodeDecodeError, LookupError):
        return fallback
    return Decoded(text, guess.encoding.replace("_", "-"), "the text does not look Russian")


def _likelihood(text: str) -> tuple[float, float]:
    """Log-likelihood of the non-ASCII characters as Russian prose: their sum and their mean."""
    total, count = 0.0, 0
    for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if char > "\x7f":
            count += 1
            total += _value(char, before, after)
    return total, total / count if count else 0.0


def _value(char: str, before: str, after: str) -> float:
    lower = char.lower()
    if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
        return _FOREIGN  # an accented letter of a Latin word
    if lower in _NEVER_FIRST and before.lower() not in _LETTER:
        return _FOREIGN  # "Ь 68" is a numero sign in the wrong encoding
    if char in _LETTER:
        return _LETTER[char]
    if lower in _LETTER:
        if before.lower() not in _LETTER:
            return _LETTER[lower] + _CAPITAL
        return _LETTER[lower] + (0.0 if before.isupper() else _CAPITAL_INSIDE)
    if char in _DASHES and after.lower() in _LETTER:
        return _FOREIGN  # "–ыбаки" is a capital letter in the wrong encoding
    return _MARK if char in _PUNCTUATION else _FOREIGN

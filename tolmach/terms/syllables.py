"""The closed list of Vietnamese syllables: what may be written, and how its tone is marked.

A syllable is an onset, a rime and a tone. Which onsets and rimes there are follows the description
of the orthography (quốc ngữ) in L. C. Thompson, *A Vietnamese Reference Grammar* (1965), and Đoàn
Thiện Thuật, *Ngữ âm tiếng Việt* (1977); the spelling rules (k, gh and ngh before e, ê, i and y; one
i in ``gi``; only the sharp and the heavy tone before a final stop) are those that schools teach.
Which of the syllables that the rules allow are really in use stands in
``configs/vietnamese/syllables.txt``; whatever is not in it does not exist for tolmach.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tolmach.errors import ConfigError, Problem
from tolmach.resources import folder

__all__ = ["ONSETS", "RIMES", "TONES", "Syllable", "inventory", "parse", "plain", "render"]

TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
"""The combining marks of the tones: level, falling, sharp, asking, tumbling, heavy."""

ONSETS = (
    *("", "b", "c", "k", "ch", "d", "đ", "g", "gi", "h", "kh", "l", "m", "n", "ng", "nh"),
    *("p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x"),
)
"""Onsets as they are listed; ``g`` and ``ng`` also stand for ``gh`` and ``ngh``."""

_CODAS: Mapping[str, tuple[str, ...]] = {
    "a": ("", "c", "ch", "i", "m", "n", "ng", "nh", "o", "p", "t", "u", "y"),
    "ă": ("c", "k", "m", "n", "ng", "p", "t"),
    "â": ("c", "m", "n", "ng", "p", "t", "u", "y"),
    "e": ("", "c", "m", "n", "ng", "o", "p", "t"),
    "ê": ("", "ch", "m", "n", "nh", "p", "t", "u"),
    "i": ("", "a", "ch", "m", "n", "nh", "p", "t", "u"),
    "iê": ("c", "m", "n", "ng", "p", "t", "u"),
    "o": ("", "c", "i", "m", "n", "ng", "p", "t"),
    "oo": ("c", "ng"),
    "ô": ("", "c", "i", "m", "n", "ng", "p", "t"),
    "ơ": ("", "c", "i", "m", "n", "p", "t"),
    "u": ("", "a", "c", "i", "m", "n", "ng", "p", "t"),
    "uô": ("c", "i", "m", "n", "ng", "t"),
    "ư": ("", "a", "c", "i", "m", "n", "ng", "t", "u"),
    "ươ": ("c", "i", "m", "n", "ng", "p", "t", "u"),
    "y": ("", "t", "nh"),
    "yê": ("m", "n", "ng", "t", "u"),
    "oa": ("", "c", "ch", "i", "m", "n", "ng", "nh", "o", "p", "t", "y"),
    "oă": ("c", "m", "n", "ng", "t"),
    "oe": ("", "n", "o", "t"),
    "uâ": ("n", "ng", "t", "y"),
    "uê": ("", "ch", "n", "nh"),
    "uơ": ("",),
    "uy": ("", "a", "ch", "n", "nh", "p", "t", "u"),
    "uyê": ("n", "t"),
}
RIMES = frozenset(nucleus + coda for nucleus, codas in _CODAS.items() for coda in codas)
"""Every rime, as it is written after most onsets."""

_FRONT = ("e", "ê", "i", "y")
_VOWELS = "aăâeêioôơuưy"
_MARKED = "ăâêôơư"


@dataclass(frozen=True, slots=True)
class Syllable:
    """A Vietnamese syllable.

    Attributes:
        onset: one of `ONSETS`.
        rime: one of `RIMES`.
        tone: 0 to 5, the index in `TONES`.
        text: how it is written, lower case, NFC, with the tone on the vowel where newspapers put
            it (hòa, thúy).
    """

    onset: str
    rime: str
    tone: int
    text: str


def plain(text: str) -> str:
    """Return a text without any Vietnamese diacritic, as English newspapers write it."""
    split = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in split if not unicodedata.combining(sign))


def render(onset: str, rime: str, tone: int) -> str:
    """Write a syllable: lower case, NFC, the tone on the vowel where newspapers put it."""
    place = _tone_place(rime)
    marked = rime[: place + 1] + TONES[tone] + rime[place + 1 :]
    front = rime.startswith(_FRONT)
    if onset in ("g", "ng") and front:
        onset += "h"
    elif onset == "gi" and rime.startswith("i"):
        onset = "g"
    return unicodedata.normalize("NFC", onset + marked)


def parse(text: str) -> tuple[str, str, int] | None:
    """Take a written syllable apart into onset, rime and tone.

    Args:
        text: one word; case and the place of the tone mark do not matter.

    Returns:
        None if the rules of the orthography do not allow it. Whether such a syllable is in use is
        for `inventory` to say.
    """
    tone = 0
    letters: list[str] = []
    for sign in unicodedata.normalize("NFD", text.lower()):
        if sign in TONES[1:]:
            if tone:
                return None
            tone = TONES.index(sign)
        else:
            letters.append(sign)
    found = _split(unicodedata.normalize("NFC", "".join(letters)))
    if found is None or (tone not in (2, 5) and found[1].endswith(("c", "ch", "k", "p", "t"))):
        return None
    return *found, tone


def _split(word: str) -> tuple[str, str] | None:
    for length in (3, 2, 1, 0):
        head, rime = word[:length], word[length:]
        onset = {"gh": "g", "ngh": "ng"}.get(head, head)
        if head == "g" and rime.startswith("i") and (len(rime) == 1 or rime[1] not in "aeou"):
            onset = "gi"
        if head == "gi" and rime[:1] not in _VOWELS:
            continue
        if onset in ONSETS and rime in RIMES and _spelt(head, onset, rime):
            return onset, rime
    return None


def _spelt(head: str, onset: str, rime: str) -> bool:
    """Whether the letters of an onset are those that its rime asks for."""
    front = rime.startswith(_FRONT)
    if onset in ("c", "k"):
        return front == (onset == "k")
    if onset in ("g", "ng"):
        return front == head.endswith("h")
    return onset != "qu" or not rime.startswith(("o", "u", "ư")) or rime == "ôc"


def _tone_place(rime: str) -> int:
    """The index of the vowel that bears the tone mark."""
    marked = [index for index, sign in enumerate(rime) if sign in _MARKED]
    if marked:
        return marked[-1]
    vowels = [index for index, sign in enumerate(rime) if sign in _VOWELS]
    if len(vowels) == 1:
        return vowels[0]
    closed = vowels[-1] < len(rime) - 1
    return vowels[1] if closed or len(vowels) > 2 else vowels[0]


@cache
def inventory() -> Mapping[str, Syllable]:
    """Return every syllable in use by its spelling.

    Raises:
        ConfigError: the shipped list names an onset, rime or tone that the rules do not allow.
    """
    path = folder("configs") / "vietnamese" / "syllables.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from error
    found: dict[str, Syllable] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines, 1):
        rime, _, onsets = line.partition("#")[0].partition(":")
        for item in onsets.split():
            entry = _entry(rime.strip(), item)
            if not entry:
                problems.append(_problem(path, number, f"{rime.strip()}: {item}"))
            found.update((syllable.text, syllable) for syllable in entry)
    if problems:
        raise ConfigError(problems)
    return found


def _problem(path: Path, line: int, what: str) -> Problem:
    return Problem(f"no Vietnamese syllable is spelt like this: {what}", str(path), line)


def _entry(rime: str, item: str) -> tuple[Syllable, ...]:
    """The syllables of ``onset-tones``; none at all if one of them breaks the rules."""
    onset, _, tones = item.partition("-")
    found: list[Syllable] = []
    for tone in tones:
        text = render(onset, rime, int(tone)) if tone in "012345" else ""
        if parse(text) != (onset, rime, int(tone) if text else -1):
            return ()
        found.append(Syllable(onset, rime, int(tone), text))
    return tuple(found)

"""Words of a text as the summariser compares them: lemmas in Russian, stems in the others."""

from __future__ import annotations

import re
from functools import lru_cache

from tolmach.languages import is_vietnamese
from tolmach.terms.lemmas import read_word

__all__ = ["content", "similarity", "stems"]

_WORD = re.compile(r"[^\W\d_]+|\d[\d.,]*\d|\d")
_CYRILLIC = re.compile(r"[а-яё]")
# Russian inflects at the end: five letters tell most words apart and join their forms; shorter
# words are function words, except in Vietnamese, which writes syllables apart
_STEM_LETTERS = 5
_SHORTEST_STEM = 4
# a word longer than this is none
_LONGEST_WORD = 40
# words of so many texts that they tell nothing
_FUNCTION_WORDS = """
that this with from have been were will would their they them which also more than into about after
before such other some only over both each when where while there these those what
và của các là có được cho với trong một những này đã để từ đến tại theo về khi sẽ không cũng như
người vào ở ra trên bị do nhiều lại còn đó qua rằng hơn bằng phải nên
который также этот свой быть весь один другой если чтобы когда только более после
"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())


def stems(text: str) -> list[str]:
    """Return the rough stems of the words and the numbers of a text, function words too."""
    return [
        word[:_STEM_LETTERS]
        for word in _WORD.findall(text.lower().replace("ё", "е"))
        if len(word) >= _SHORTEST_STEM or word[0].isdigit() or is_vietnamese(word)
    ]


def content(text: str) -> list[str]:
    """Return what the words of a text that carry meaning are counted as.

    Russian words are counted by their lemmas (of several the first in the alphabet, so that the
    same word always counts the same), others by their stems; a number counts as it is written.
    """
    found = []
    for word in _WORD.findall(text.lower().replace("ё", "е")):
        if not (len(word) >= _SHORTEST_STEM or word[0].isdigit() or is_vietnamese(word)):
            continue
        key = _key(word) if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD]
        if key:
            found.append(key)
    return found


@lru_cache(maxsize=50_000)
def _key(word: str) -> str:
    if word in _FUNCTION:
        return ""
    if not _CYRILLIC.match(word):
        return word[:_STEM_LETTERS] if not word[0].isdigit() else word
    reading = read_word(word)
    if not reading.lemmas:
        return word[:_STEM_LETTERS]
    lemma = min(reading.lemmas)
    return "" if lemma in _FUNCTION else lemma


def similarity(one: list[str], other: list[str]) -> float:
    """Return the share of stems that two sentences have in common, 0 to 1 (Dice)."""
    left, right = set(one), set(other)
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0

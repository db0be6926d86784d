"""Does a summary sentence deny what its passage denies, and nothing else?

Negation is compared word by word: the words that follow "not" in one text must not stand
undenied in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tolmach.summarization.lexicon import content

__all__ = ["unlike"]

_NOT = {
    "en": re.compile(r"\b(?:not|never|no|without|cannot|nor|neither|none|nobody)\b|n[’']t\b"),
    "vi": re.compile(r"(?<!\w)(?:không|chưa|chẳng|đừng|chớ)(?!\w)"),
    "ru": re.compile(r"(?<!\w)(?:не|ни|нет|нельзя|никогда|никто|ничего|без)(?!\w)"),
}
# "not only", "no later than": nothing is denied
_HARMLESS = re.compile(
    r"\s+(?:only|less|more|later|longer than|fewer|doubt|chỉ|dưới|quá|ít hơn|kém|những|ngừng|"
    r"только|менее|более|позднее|раз|просто|ранее|исключ\w+)(?!\w)"
)
# "whether or not", and the ends of questions
_NO_DENIAL_BEFORE = re.compile(r"(?:whether or|hay|có)\s*$")
_WORDS_DENIED = 2
# "open" and "opened" are one word
_KEY_LETTERS = 4
_REACH = 60
_STOP = re.compile(r"[.!?;…]")


def unlike(sentence: str, passage: str, language: str) -> str:
    """Return how two texts of one language differ in what they deny; empty if they do not.

    Args:
        sentence: of a summary.
        passage: what it rests on.
        language: of both.
    """
    here, there = sentence.lower(), passage.lower()
    denied_here, denied_there = list(_denied(here, language)), list(_denied(there, language))
    if denied_here and not denied_there:
        return f"it denies ({denied_here[0][0]}) what the passage does not deny"
    said_there = {stem for _, found in denied_there for stem in found}
    for word, found in denied_here:
        # what is denied here must be denied there, or stand in no other form there
        if found and not said_there.intersection(found) and set(found) <= set(_keys(there)):
            return f"it denies ({word}) what the passage does not deny"
    said_here = {stem for _, found in denied_here for stem in found}
    plain_here = set(_keys(here))
    plain_there = set(_undenied(there, language))
    for word, found in denied_there:
        lost = [stem for stem in found if stem not in said_here and stem in plain_here]
        # all that the passage denies with this word is said here without it
        if found and len(lost) == len(found) and not set(found) <= plain_there:
            return f"the passage denies ({word}) what it says"
    return ""


def _denied(text: str, language: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each word of denial with the stems of the words it denies."""
    for match in _NOT[language].finditer(text):
        if _HARMLESS.match(text, match.end()) or _NO_DENIAL_BEFORE.search(
            text[max(0, match.start() - 12) : match.start()]
        ):
            continue
        rest = _STOP.split(text[match.end() : match.end() + _REACH])[0]
        yield match.group(), _keys(rest)[:_WORDS_DENIED]


def _undenied(text: str, language: str) -> Iterator[str]:
    """Yield the stems of the sentences that deny nothing."""
    for part in _STOP.split(text):
        if not any(True for _ in _denied(part, language)):
            yield from _keys(part)


def _keys(text: str) -> list[str]:
    return [word[:_KEY_LETTERS] for word in content(text)]

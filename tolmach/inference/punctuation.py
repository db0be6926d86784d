r"""Punctuation as the training data of OPUS-MT was written.

The data went through Moses' ``normalize-punctuation.perl``
(https://github.com/moses-smt/mosesdecoder) before SentencePiece saw it, and the published
tokenizers leave that out. Characters that a model never saw in training are unknown to it or
badly known: guillemets, dashes, typographic apostrophes.

This does what that script does for Russian and English sources: the same rules in the same order,
with one exception. The script turns a no-break space between digits into a full stop, so that
1 245 becomes 1.245 and reads as a decimal fraction in English; here it stays, and SentencePiece
takes it for a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["normalise"]

_NBSP = "\u00a0"
# first: brackets and spaces around punctuation, as (pattern, replacement)
_SPACING = (
    (re.compile(r" {2,}"), " "),
    (re.compile(r"\) (?=[.!:?;,])"), ")"),
    (re.compile(r"\( "), "("),
    (re.compile(r" \)"), ")"),
    (re.compile(r"(?<=\d) %"), "%"),
    (re.compile(r" (?=[:;])"), ""),
)
# then: characters outside ASCII, and what stands for them
_MARKS = (
    ("`", "'"),
    ("''", ' " '),
    *((quote, '"') for quote in "„“”"),
    ("–", "-"),
    ("—", " - "),
)
_QUOTES = (
    *((quote, "'") for quote in "´‘‚’"),
    ("''", '"'),
    ("…", "..."),
    (f"{_NBSP}«{_NBSP}", '"'),
    (f"«{_NBSP}", '"'),
    ("«", '"'),
    (f"{_NBSP}»{_NBSP}", '"'),
    (f"{_NBSP}»", '"'),
    ("»", '"'),
)
# last: spaces that hold a mark or a unit to its number
_HELD = (
    (f"{_NBSP}%", "%"),
    (f"nº{_NBSP}", "nº "),
    *((f"{_NBSP}{unit}", f" {unit}") for unit in ("ºC", "cm")),
    *((f"{_NBSP}{mark}", mark) for mark in ":?!;"),
    (f",{_NBSP}", ", "),
)
_SPACES = re.compile(r" {2,}")
_QUOTE_BEFORE_COMMA = re.compile(r'"([,.]+)')


def normalise(text: str, *, language: str) -> str:
    """Return a text with the punctuation of OPUS-MT's training data.

    Args:
        text: one segment.
        language: of the text; English puts commas and full stops inside quotation marks.
    """
    text = _replace(text, (("\r", ""), ("(", " ("), (")", ") ")))
    for pattern, replacement in _SPACING:
        text = pattern.sub(replacement, text)
    text = _SPACES.sub(" ", _replace(text, _MARKS))
    text = _SPACES.sub(" ", _replace(text, (*_QUOTES, *_HELD)))
    if language == "en":
        text = _QUOTE_BEFORE_COMMA.sub(r'\1"', text)
    return text.strip()


def _replace(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text

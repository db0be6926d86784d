"""Checks of letters and language: Russian that is left, other scripts, the wrong language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tolmach.checks.base import Pair, warning
from tolmach.checks.tokens import protected_tokens
from tolmach.document import EditorWarning, Span
from tolmach.languages import NAMES, cyrillic_share, is_vietnamese, vietnamese_share, words

__all__ = ["copied", "language", "script"]

_CYRILLIC_WORD = re.compile(r"[\u0400-\u052f]+")
# scripts that neither English nor Vietnamese is written in
_FOREIGN = re.compile(
    r"[\u0370-\u03ff\u0530-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)
_FEW_WORDS = 4


def script(pair: Pair) -> Iterator[EditorWarning]:
    """Report the first word in Cyrillic, or in a script that the source does not have."""
    target = pair.target
    for token in protected_tokens(pair.source):
        # a file name or an address may be Cyrillic and must stay so
        target = target.replace(token, "_" * len(token))
    match = _CYRILLIC_WORD.search(target)
    if match:
        yield warning(
            "cyrillic_left", f"Russian was left over: {match.group()}", target=Span(*match.span())
        )
        return
    for match in _FOREIGN.finditer(pair.target):
        if match.group() not in pair.source:
            yield warning(
                "foreign_script",
                f"words in another script: {match.group()}",
                target=Span(*match.span()),
            )
            return


def language(pair: Pair) -> Iterator[EditorWarning]:
    """Report a text that is not in the target language."""
    found = words(pair.target)
    # names alone say nothing about the language
    plain = [word for word in found if word[0].islower()]
    wrong = False
    if pair.to == "vi" and len(plain) >= _FEW_WORDS:
        wrong = sum(map(is_vietnamese, plain)) < 0.25 * len(plain)
    elif pair.to == "en" and len(found) >= _FEW_WORDS:
        wrong = vietnamese_share(pair.target) > 0.35 or sum(map(is_vietnamese, plain)) > 0.2 * max(
            1, len(plain)
        )
    if wrong:
        yield warning("wrong_language", f"this is not {NAMES[pair.to]}")


def copied(pair: Pair) -> Iterator[EditorWarning]:
    """Report a translation that is its source."""
    if pair.target.strip().casefold() != pair.source.strip().casefold():
        return
    # "VNA, Reuters" is the same in every language
    if len(words(pair.source)) >= 3 and cyrillic_share(pair.source):
        yield warning("copied", "the translation is the source text")

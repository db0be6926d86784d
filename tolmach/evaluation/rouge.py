"""ROUGE for any script, through Google's ``rouge-score``.

Its own way of cutting texts into tokens knows the letters a to z and the digits alone: of a
Russian text nothing is left, of a Vietnamese one fragments, and the figure is zero or wrong
without a word. Here a token is a run of letters, marks and digits of any script.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

from tolmach.evaluation.metrics import finite

__all__ = ["ROUGE", "rouge", "signature", "tokens"]

ROUGE: Final[Mapping[str, str]] = {
    "ROUGE-1": "rouge1",
    "ROUGE-2": "rouge2",
    "ROUGE-L": "rougeL",
}
"""Names that people write, and what the package calls them."""

_TOKEN: Final = re.compile(r"[^\W_]+")


def tokens(text: str) -> list[str]:
    """Return the words and numbers of a text in lower case, in composed form.

    Letters that have no composed form with their marks keep them: they are one word.
    """
    folded = unicodedata.normalize("NFC", text).lower()
    return _TOKEN.findall(_without_gaps(folded))


def _without_gaps(text: str) -> str:
    # a combining mark is no word character for `re`; left in, it would cut its word in two
    if text.isascii():
        return text
    return "".join(char for char in text if not unicodedata.combining(char))


class _Tokenizer:
    """What ``rouge_score`` asks for."""

    def tokenize(self, text: str) -> list[str]:
        return tokens(text)


def rouge(
    hypothesis: str, references: Sequence[str], *, metrics: Sequence[str] = tuple(ROUGE)
) -> Mapping[str, float]:
    """Return F1 figures of a text, 0 to 1; of several references the best one counts.

    Args:
        hypothesis: the text.
        references: what it is compared with, at least one.
        metrics: of :data:`ROUGE`.

    Raises:
        InputError: a figure is not a number.
    """
    scorer = _scorer(metrics)
    found = scorer.score_multi(list(references), hypothesis)
    return {name: finite(float(found[ROUGE[name]].fmeasure), name) for name in metrics}


def _scorer(metrics: Sequence[str]) -> Any:
    # the package has no types
    scorer = import_module("rouge_score.rouge_scorer").RougeScorer
    return scorer([ROUGE[name] for name in metrics], tokenizer=_Tokenizer())


def signature() -> str:
    """Return how the figures are made."""
    return f"f1|case:lc|tok:unicode-words|stem:no|rouge-score:{version('rouge-score')}"

"""Figures that need no reference: numbers, names, and what the checks find."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from tolmach import __version__
from tolmach.checks.base import CODES, Pair
from tolmach.checks.names import known_names
from tolmach.checks.numbers import missing
from tolmach.checks.quantities import Values
from tolmach.checks.suite import run
from tolmach.document import Severity
from tolmach.evaluation.corpus import Example
from tolmach.languages import SOURCE
from tolmach.resources import folder
from tolmach.terms.base import Mention
from tolmach.terms.finding import find
from tolmach.terms.gazetteer import Gazetteer, load_gazetteer

__all__ = ["check_codes", "name_counts", "number_counts", "signature", "weighty"]

Counts = list[tuple[float, float]]


def signature(metric: str) -> str:
    """Return how a figure of this module is made."""
    return f"{metric}|tolmach:{__version__}"


def number_counts(examples: Sequence[Example], hypotheses: Sequence[str], *, to: str) -> Counts:
    """Count numbers, dates and amounts of the source whose value the translation has.

    Args:
        examples: the source texts.
        hypotheses: their translations.
        to: language of the translations.

    Returns:
        For each line, how many are there and how many there should be.
    """
    counts: Counts = []
    for example, text in zip(examples, hypotheses, strict=True):
        stated = len(Values(example.source, SOURCE).stated)
        lost = len(missing(Pair(example.source, text, to)))
        counts.append((float(stated - lost), float(stated)))
    return counts


def name_counts(examples: Sequence[Example], hypotheses: Sequence[str], *, to: str) -> Counts:
    """Count names of the source that stand in the translation in a form that is right.

    Names are those of the shipped gazetteer; guessed ones have no form that is known to be right.

    Args:
        examples: the source texts; those of a document know of each other's names.
        hypotheses: their translations.
        to: language of the translations.

    Returns:
        For each line, how many are there and how many there should be.
    """
    counts: Counts = []
    texts = tuple((item.document or f"\n{item.id}", item.source) for item in examples)
    for mentions, text in zip(_mentions(texts), hypotheses, strict=True):
        plain = _plain(text)
        right = sum(any(form in plain for form in _forms(item, to)) for item in mentions)
        counts.append((float(right), float(len(mentions))))
    return counts


@lru_cache(maxsize=8)
def _mentions(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[Mention, ...], ...]:
    """Return the names that are known in each of some texts, given with their documents."""
    groups: dict[str, list[int]] = {}
    for index, (document, _) in enumerate(texts):
        groups.setdefault(document, []).append(index)
    found: list[tuple[Mention, ...]] = [()] * len(texts)
    for indexes in groups.values():
        listed = find([texts[index][1] for index in indexes], _gazetteer())
        for index, mentions in zip(indexes, listed, strict=True):
            found[index] = tuple(item for item in mentions if item.name.known)
    return tuple(found)


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    return load_gazetteer(folder("configs") / "gazetteer")


def _forms(mention: Mention, to: str) -> list[str]:
    name = mention.name
    return [_plain(form) for form in (name.form(to), *name.alternatives.get(to, ())) if form]


def _plain(text: str) -> str:
    """Return a text without what is no part of a name: case, the kind of dash and apostrophe."""
    dashes = str.maketrans(dict.fromkeys("–—‑‐-", " ") | {"’": "'"})
    return " ".join(text.translate(dashes).lower().split())


def check_codes(
    examples: Sequence[Example], hypotheses: Sequence[str], *, to: str
) -> list[tuple[str, ...]]:
    """Return for each line the codes of what the checks find in it, with repeats."""
    return [
        tuple(item.code for item in run(Pair(example.source, text, to, known=known_names)))
        for example, text in zip(examples, hypotheses, strict=True)
    ]


def weighty(codes: Sequence[str]) -> int:
    """Return how many of the codes are errors or warnings; remarks are not counted."""
    return sum(CODES[code].severity is not Severity.INFO for code in codes)

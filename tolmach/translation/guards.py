"""Guards: what a translation model gets wrong so badly that it must be tried again.

A guard is a check (:mod:`tolmach.checks`) of one source text and one hypothesis. What it finds
decides whether the text is translated again by other means, and if that does not help it stays
with the segment as a warning.
"""

from __future__ import annotations

from dataclasses import replace

from tolmach.checks.base import Pair
from tolmach.checks.structure import loop_start
from tolmach.checks.suite import GUARDS, run
from tolmach.checks.tokens import protected_tokens
from tolmach.document import EditorWarning, Severity

__all__ = ["inspect", "loop_start", "penalty", "protected_tokens"]


def inspect(
    source: str, target: str, *, to: str, finished: bool = True
) -> tuple[EditorWarning, ...]:
    """Return what is wrong with one hypothesis.

    Args:
        source: what was to be translated, Russian as a rule.
        target: the hypothesis.
        to: its language.
        finished: false if the length cap cut it off.

    Returns:
        Warnings of severity *error* for what cannot stand, and of severity *warning* for what an
        editor should look at. They do not say where in the source: a hypothesis may be that of
        one clause, which knows nothing of the document.
    """
    found = run(Pair(source, target, to, finished), GUARDS)
    return tuple(replace(warning, source=None) for warning in found)


def penalty(warnings: tuple[EditorWarning, ...]) -> tuple[int, int]:
    """Return how bad warnings are, to compare candidates: errors first, then the rest."""
    errors = sum(warning.severity is Severity.ERROR for warning in warnings)
    return errors, len(warnings) - errors

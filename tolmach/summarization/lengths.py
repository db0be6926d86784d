"""What is asked for: styles of summaries, and how long they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["STYLES", "Style", "Wanted"]

Style = Literal["abstract", "lead", "bullets", "headline"]

STYLES: tuple[Style, ...] = ("abstract", "lead", "bullets", "headline")
"""A paragraph, one sentence that says what happened, a list of sentences, a title."""

_HEADLINE_CHARACTERS = 110


@dataclass(frozen=True, slots=True)
class Wanted:
    """One summary that is asked for.

    Attributes:
        style: which of :data:`STYLES`.
        sentences: how many at most; a lead and a headline have one.
        characters: how long at most, 0 for any length.
    """

    style: Style = "abstract"
    sentences: int = 3
    characters: int = 0

    @property
    def count(self) -> int:
        """How many sentences the style takes."""
        return 1 if self.style in {"lead", "headline"} else self.sentences

    @property
    def longest(self) -> int:
        """How many characters it may have; 0 for any number."""
        if self.style == "headline":
            return min(self.characters or _HEADLINE_CHARACTERS, _HEADLINE_CHARACTERS)
        return self.characters

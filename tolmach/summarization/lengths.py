"""What is asked for: styles of summaries, and how long they may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["AUTO", "STYLES", "Sentences", "Style", "Wanted"]

Style = Literal["abstract", "lead", "bullets", "headline"]

STYLES: tuple[Style, ...] = ("abstract", "lead", "bullets", "headline")
"""A paragraph, one sentence that says what happened, a list of sentences, a title."""

Sentences = int | Literal["auto"]
"""How many sentences an abstract or a list has; ``auto`` lets the structure of the text decide."""

AUTO: Literal["auto"] = "auto"
"""Three sentences, and more for a text of many headings or numbered points."""

_HEADLINE_CHARACTERS = 110
# what news desks put above an article, and the items that make a list worth while
_FEWEST = {"abstract": 3, "bullets": 5}
# a paragraph of more sentences is no summary any more; a list is read faster
_MOST = {"abstract": 8, "bullets": 10}
# a communiqué of twenty points has seven or eight that make news
_SECTIONS_FOR_EACH = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """One summary that is asked for.

    Attributes:
        style: which of :data:`STYLES`.
        sentences: how many at most; a lead and a headline have one. ``auto`` is what
            :meth:`settled` makes of it, and counts as for a text without sections until then.
        characters: how long at most, 0 for any length.
    """

    style: Style = "abstract"
    sentences: Sentences = AUTO
    characters: int = 0

    @property
    def count(self) -> int:
        """How many sentences the style takes."""
        if self.style in {"lead", "headline"}:
            return 1
        return _FEWEST[self.style] if self.sentences == AUTO else self.sentences

    @property
    def longest(self) -> int:
        """How many characters it may have; 0 for any number."""
        if self.style == "headline":
            return min(self.characters or _HEADLINE_CHARACTERS, _HEADLINE_CHARACTERS)
        return self.characters

    def settled(self, *, sections: int) -> Wanted:
        """Return the same with a number of sentences.

        Args:
            sections: how many the text has by its headings and numbered points, 0 for none.
        """
        if self.sentences != AUTO or self.style not in _FEWEST:
            return replace(self, sentences=self.count)
        by_sections = -(-sections // _SECTIONS_FOR_EACH)
        number = min(_MOST[self.style], max(_FEWEST[self.style], by_sections))
        return replace(self, sentences=number)

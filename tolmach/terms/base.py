"""What a name is, and where it stands in a source text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from tolmach.document import Span

__all__ = ["Mention", "Name", "NameType"]


class NameType(StrEnum):
    """What a name stands for."""

    PERSON = "person"
    PLACE = "place"
    ORGANISATION = "organisation"
    EVENT = "event"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the source language and in both target languages.

    Attributes:
        ru: the main Russian form, nominative.
        en: as English newsrooms write it, without Vietnamese diacritics.
        vi: as Vietnamese newsrooms write it.
        type: what it stands for.
        known: true if it comes from a gazetteer, false if it was guessed from the spelling.
        alternatives: by target language, other forms that are right as well (known names) or
            possible (guessed ones), best first.
    """

    ru: str
    en: str
    vi: str
    type: NameType
    known: bool = True
    alternatives: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def form(self, to: str) -> str:
        """Return the form for a target language, ``"en"`` or ``"vi"``."""
        return self.en if to == "en" else self.vi


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands in a text.

    Attributes:
        span: in the source text of its segment.
        text: the characters of the span, declined as they stand there.
        name: which name it is.
        confidence: 0 to 1; 1 is a whole name of the gazetteer.
    """

    span: Span
    text: str
    name: Name
    confidence: float = 1.0

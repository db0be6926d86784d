"""What a check looks at, and the list of everything that checks can find."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tolmach.document import EditorWarning, Severity, Span
from tolmach.terms.base import Mention

__all__ = ["CODES", "Check", "Code", "Pair", "warning"]


@dataclass(frozen=True, slots=True)
class Pair:
    """A source text and a translation of it.

    Attributes:
        source: what was to be translated, Russian as a rule.
        target: the translation.
        to: its language code.
        finished: false if the length cap of the model cut it off.
        known: finds the names of the gazetteer in a source text; without it, names are only
            compared by ear.
    """

    source: str
    target: str
    to: str
    finished: bool = True
    known: Callable[[str], Sequence[Mention]] | None = None

    def names(self) -> Sequence[Mention]:
        """Return the names of the gazetteer in the source."""
        return self.known(self.source) if self.known is not None else ()


Check = Callable[[Pair], Iterator[EditorWarning]]
"""Looks at one pair; spans of its warnings are in ``pair.source`` and ``pair.target``."""


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of fault.

    Attributes:
        name: stable identifier.
        severity: how much it matters.
        meaning: one clause for the documentation.
    """

    name: str
    severity: Severity
    meaning: str


_ERRORS = {
    "empty": "there is no translation",
    "truncated": "the model did not come to an end",
    "loop": "the same words are repeated, and not in the source",
    "cyrillic_left": "Russian letters are left over",
    "foreign_script": "there are letters of a script that the source does not have",
    "wrong_language": "the text is not in the target language",
    "copied": "the source was copied instead of translated",
    "too_short": "much shorter than a translation of this source can be",
    "too_long": "much longer than a translation of this source can be",
    "token_altered": "an address, handle or file name did not come through letter by letter",
}
_WARNINGS = {
    "sentence_missing": "fewer sentences than the source, and shorter than expected",
    "length_doubtful": "unusually short or long beside the source",
    "number_invented": "a number, date or amount whose value the source does not have",
    "number_missing": "a number, date or amount of the source whose value is not there",
    "date_changed": "a day of a month that is no date of the source, though its numbers are there",
    "unit_changed": "a value came through, but as another currency, or with or without per cent",
    "name_doubtful": "a name that sounds like nothing in the source",
    "name_missing": "a name of the source that nothing in the translation sounds like",
    "code_altered": "a designation of letters and digits did not come through",
    "quotes_unbalanced": "a quotation or bracket is opened and not closed, or the other way round",
    "term_missing": "a glossary term whose rendering is not there",
    "keep_missing": "words that must not be translated did not come through",
}
_REMARKS = {
    "quotes_lost": "the source quotes something and the translation does not",
    "brackets_lost": "the source has more brackets, or fewer",
    "negation_lost": "the source denies something and the translation seems not to",
    "inconsistent": "the same source text is translated in two ways in this article",
}

CODES: Mapping[str, Code] = MappingProxyType(
    {
        name: Code(name, severity, meaning)
        for severity, group in (
            (Severity.ERROR, _ERRORS),
            (Severity.WARNING, _WARNINGS),
            (Severity.INFO, _REMARKS),
        )
        for name, meaning in group.items()
    }
)
"""Everything that checks report, worst first."""


def warning(
    code: str, message: str, *, source: Span | None = None, target: Span | None = None
) -> EditorWarning:
    """Return a warning with the severity of its code.

    Args:
        code: one of :data:`CODES`.
        message: one sentence for a person.
        source: where in the pair's source.
        target: where in the pair's target.
    """
    return EditorWarning(code, message, CODES[code].severity, source, target)

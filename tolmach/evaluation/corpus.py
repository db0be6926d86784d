"""What systems are measured on: texts with their references, checked before anything is scored."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from tolmach.errors import InputError

__all__ = ["Corpus", "Example", "Selection", "checked", "narrowed", "text_of"]


@dataclass(frozen=True, slots=True)
class Example:
    """One text that a system gets, and what it should come to.

    Attributes:
        id: unique in its corpus.
        source: Russian.
        references: by target language, at least one each.
        document: which document it belongs to; empty if there are none.
        place: file and line it comes from, for messages.
    """

    id: str
    source: str
    references: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    document: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which examples of the data are used.

    Attributes:
        first: of the data, counted from 1.
        last: of the data; 0 for all that follow.
        every: only the first of each so many.
        limit: no more than so many; 0 for all.
        documents: only of these; empty for all.
    """

    first: int = 1
    last: int = 0
    every: int = 1
    limit: int = 0
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """The examples of a suite, in order."""

    examples: tuple[Example, ...]

    @property
    def documents(self) -> tuple[str, ...]:
        """Names of the documents, in the order in which they begin."""
        return tuple(dict.fromkeys(item.document for item in self.examples if item.document))

    @property
    def words(self) -> int:
        """Source words, as white space divides them."""
        return sum(len(item.source.split()) for item in self.examples)

    def sources(self) -> tuple[str, ...]:
        """Return all source texts."""
        return tuple(item.source for item in self.examples)

    def references(self, to: str) -> tuple[tuple[str, ...], ...]:
        """Return the references of all examples in one language."""
        return tuple(item.references[to] for item in self.examples)

    def fingerprint(self, to: str, *, references: bool = True) -> str:
        """Return a short hash of all texts that matter for a language.

        Args:
            to: target language code.
            references: whether references matter.
        """
        rows = [
            (item.id, item.document, item.source, *(item.references[to] if references else ()))
            for item in self.examples
        ]
        text = json.dumps(rows, ensure_ascii=False)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def text_of(value: object, place: str, what: str) -> str:
    """Return a text on one line, or say why it is none.

    Args:
        value: what the data has.
        place: file and line, for the message.
        what: what the value should be, such as ``"the source"``.

    Raises:
        InputError: it is no text, is empty, or holds characters that no text has.
    """
    if isinstance(value, float) and math.isnan(value):
        raise InputError(f"{place}: {what} is NaN; fill it in or take the line out")
    if not isinstance(value, str):
        found = "missing" if value is None else f"{type(value).__name__} instead of a text"
        raise InputError(f"{place}: {what} is {found}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{place}: {what} holds half a character (a lone surrogate)") from error
    if "\x00" in value:
        raise InputError(f"{place}: {what} holds a NUL; is the file in UTF-16?")
    text = " ".join(value.split())
    if not text:
        raise InputError(f"{place}: {what} is empty")
    return text


def checked(examples: Iterable[Example], *, to: Sequence[str], where: str) -> Corpus:
    """Return a corpus, after looking for what would make its scores wrong.

    Args:
        examples: as they were read.
        to: languages for which each must have a reference.
        where: file or data set, for messages.

    Raises:
        InputError: there are none, an id is there twice, or a reference is missing.
    """
    kept = tuple(examples)
    if not kept:
        raise InputError(f"{where}: there is nothing to evaluate on")
    seen: dict[str, str] = {}
    for item in kept:
        place = item.place or where
        if item.id in seen:
            raise InputError(f"{place}: the id {item.id!r} was there before ({seen[item.id]})")
        seen[item.id] = place
        for language in to:
            if not item.references.get(language):
                raise InputError(f"{place}: {item.id!r} has no reference in {language!r}")
    return Corpus(kept)


def narrowed(examples: Sequence[Example], selection: Selection, *, where: str) -> list[Example]:
    """Return the examples that are selected.

    Raises:
        InputError: a document or the range is not in the data.
    """
    if selection.last > len(examples):
        raise InputError(
            f"{where}: there are {len(examples)} lines, but the suite asks for lines up to "
            f"{selection.last}"
        )
    chosen = list(examples[selection.first - 1 : selection.last or None])
    if selection.documents:
        known = {item.document for item in chosen}
        missing = [name for name in selection.documents if name not in known]
        if missing:
            raise InputError(f"{where}: there is no document {', '.join(missing)}")
        chosen = [item for item in chosen if item.document in selection.documents]
    chosen = chosen[:: selection.every]
    return chosen[: selection.limit] if selection.limit else chosen

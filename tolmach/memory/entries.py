"""What a translation memory holds, and how texts are found in it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tolmach.document import EditorWarning, Origin, Severity, Span

__all__ = [
    "Approval",
    "Approved",
    "Asked",
    "Hit",
    "Made",
    "Pair",
    "approved_key",
    "fold_source",
    "fold_target",
    "made_key",
    "signature_json",
    "warnings_from_json",
    "warnings_to_json",
]

Pair = tuple[str, str]
"""Source and target language codes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that is looked for.

    Attributes:
        source: the text of the document, white space folded.
        reading: what the model would be given to read instead; empty if that is ``source``.
    """

    source: str
    reading: str = ""

    @property
    def read(self) -> str:
        """What the model reads."""
        return self.reading or self.source


@dataclass(frozen=True, slots=True)
class Hit:
    """A translation that was found.

    Attributes:
        target: the translation.
        origin: whether a model made it or an editor approved it.
        warnings: what was doubtful about it when it was made.
        row: where it stands in the file, newer ones behind older ones; of what a model made.
        idle: whether it has not been used today.
        score: log probability per token that the model gave it, None if that is not known.
    """

    target: str
    origin: Origin
    warnings: tuple[EditorWarning, ...] = ()
    row: int = 0
    idle: bool = False
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A translation that a model made.

    Attributes:
        source: the text of the document, white space folded.
        target: what the model wrote.
        reading: what it read, if that was not ``source``.
        warnings: what is doubtful about it.
        score: log probability per token that the model gave it, None if that is not known.
    """

    source: str
    target: str
    reading: str = ""
    warnings: tuple[EditorWarning, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """A translation that an editor approved.

    Attributes:
        source: the text of the document, white space folded.
        target: the translation.
        machine: what the model had proposed; empty if that is not known.
        document: name of the document it was approved in, or of the file it came with.
        changed: when it was approved, in seconds since 1970.
    """

    source: str
    target: str
    machine: str = ""
    document: str = ""
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Approval:
    """What became of translations that were approved.

    Attributes:
        added: sources that had none before.
        changed: sources that had another one.
        same: sources that had the same.
    """

    added: int = 0
    changed: int = 0
    same: int = 0


def fold_source(text: str) -> str:
    """Return a source text as segments have it: NFC, white space folded to single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold_target(text: str) -> str:
    """Return a target as it fits into a paragraph: NFC, one line, spaces as they are."""
    lines = unicodedata.normalize("NFC", text).replace("\t", "\n").splitlines()
    return " ".join(filter(None, map(str.strip, lines)))


def made_key(reading: str, pair: Pair, signature: str) -> bytes:
    """Return the key of what a model made of a text, 16 bytes."""
    return _key(reading, f"{pair[0]}-{pair[1]}-{signature}")


def approved_key(source: str, pair: Pair) -> bytes:
    """Return the key of what was approved for a text, 16 bytes."""
    return _key(source, f"{pair[0]}-{pair[1]}")


def _key(text: str, place: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16, key=place.encode()[:64]).digest()


def warnings_to_json(warnings: Iterable[EditorWarning]) -> str:
    """Return warnings as JSON; empty if there are none.

    Places in the source are left out: the text may stand elsewhere the next time.
    """
    rows = [
        [item.code, item.message, item.severity.value, *_ends(item.target)] for item in warnings
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def _ends(span: Span | None) -> tuple[int, ...]:
    return () if span is None else (span.start, span.end)


def warnings_from_json(text: str) -> tuple[EditorWarning, ...]:
    """Return the warnings that :func:`warnings_to_json` wrote.

    Raises:
        ValueError: it is something else.
    """
    if not text:
        return ()
    try:
        return tuple(
            EditorWarning(code, message, Severity(severity), target=Span(*place) if place else None)
            for code, message, severity, *place in json.loads(text)
        )
    except TypeError as error:
        raise ValueError(f"no list of warnings: {text[:80]!r}") from error


def signature_json(signature: Mapping[str, str]) -> str:
    """Return a signature as JSON, always the same for the same signature."""
    return json.dumps(dict(signature), ensure_ascii=False)

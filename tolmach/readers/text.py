"""Plain text files, in whatever encoding a desk or an archive saved them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tolmach.document import Document, EditorWarning, Severity
from tolmach.errors import InputError
from tolmach.readers.encoding import decode
from tolmach.readers.normalise import OffsetMap, normalise
from tolmach.readers.options import ReadOptions

__all__ = ["TextReader", "read_bytes", "read_characters"]

# What files of other formats begin with, and what to do about them.
_BINARY: Final = (
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"\x89PNG\r\n", "a PNG image", ""),
    (b"GIF8", "a GIF image", ""),
    (b"%PDF-", "a PDF file", "copy its text into a .txt file"),
    (b"PK\x03\x04", "a ZIP archive or an office document", "save the document as plain text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old office document", "save it as plain text"),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"\x7fELF", "a program", ""),
)
_ADVICE: Final = "give the article as a plain text file"
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_INVISIBLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")
_DAMAGED: Final = re.compile("[\ud800-\udfff\ufffd]")
_SAMPLE: Final = 1 << 16


class TextReader:
    """Reads plain text; a :class:`tolmach.readers.Reader`."""

    def read(
        self,
        data: bytes,
        *,
        name: str,
        path: Path | None = None,
        options: ReadOptions | None = None,  # noqa: ARG002 - nothing can be chosen
    ) -> Document:
        """Return the text of a file as a document without blocks.

        Args:
            data: the bytes of the file.
            name: the name of the document.
            path: the file, for the document and for messages.
            options: nothing of them concerns plain text.

        Raises:
            InputError: there is no text in it, or it is no text file.
        """
        return read_bytes(data, name=name, path=path)[0]


def read_bytes(data: bytes, *, name: str, path: Path | None = None) -> tuple[Document, OffsetMap]:
    """Return the document in ``data``, and the way from its text back to the decoded file.

    Args:
        data: the bytes of a plain text file.
        name: the name of the document.
        path: the file, for the document and for messages.

    Raises:
        InputError: there is no text in it, or it is no text file.
    """
    shown = str(path or name)
    for start, kind, advice in _BINARY:
        if data.startswith(start):
            raise InputError(f"{shown} is {kind}, not plain text; {advice or _ADVICE}")
    decoded = decode(data)
    if _is_binary(decoded.text[:_SAMPLE]):
        raise InputError(f"{shown} is not a text file (too many control characters); {_ADVICE}")
    document, origin = read_characters(
        decoded.text, name=name, path=path, encoding=decoded.encoding
    )
    if decoded.doubt:
        document = document.warn(
            EditorWarning("encoding", f"Read as {decoded.encoding}, but {decoded.doubt}.")
        )
    return document, origin


def read_characters(
    raw: str, *, name: str, path: Path | None = None, encoding: str = "utf-8"
) -> tuple[Document, OffsetMap]:
    """Return the document in a string of characters, and the way from its text back to ``raw``.

    Args:
        raw: the text as it was decoded.
        name: the name of the document.
        path: the file it was read from, if any.
        encoding: the encoding it was decoded from.

    Raises:
        InputError: there is nothing in it but white space.
    """
    text, origin = normalise(raw)
    if not text.strip():
        raise InputError(f"{path or name} is empty")
    document = Document(name=name, text=text, path=path, encoding=encoding, origin=origin)
    return document.warn(*_warnings(raw, encoding)), origin


def _warnings(raw: str, encoding: str) -> tuple[EditorWarning, ...]:
    found: list[EditorWarning] = []
    invisible = len(_INVISIBLE.findall(raw))
    if invisible:
        found.append(
            EditorWarning(
                "control_characters",
                f"Invisible characters removed from the text: {invisible}.",
                Severity.INFO,
            )
        )
    damaged = len(_DAMAGED.findall(raw))
    if damaged:
        found.append(
            EditorWarning(
                "encoding", f"Read as {encoding}, with damaged characters (\ufffd): {damaged}."
            )
        )
    return tuple(found)


def _is_binary(text: str) -> bool:
    """Whether so many control characters are in a text that it is none."""
    controls = len(_CONTROLS.findall(text))
    return controls * 20 > len(text) and (controls >= 4 or controls * 3 > len(text))

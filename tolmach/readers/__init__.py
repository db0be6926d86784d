"""From files to documents: a reader for each file format, chosen by the file's suffix."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, cast

from tolmach.document import Document
from tolmach.errors import InputError
from tolmach.readers.normalise import OffsetMap, normalise
from tolmach.readers.options import ReadOptions
from tolmach.readers.text import TextReader, read_characters

__all__ = [
    "READERS",
    "OffsetMap",
    "ReadOptions",
    "Reader",
    "TextReader",
    "normalise",
    "read_path",
    "read_text",
    "reader_for",
]


class Reader(Protocol):
    """Makes a document of the bytes of a file."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:
        """Return the document.

        Args:
            data: the bytes of the file.
            name: the name of the document.
            path: the file, for the document and for messages; None if there is none.
            options: what can be chosen; a reader takes what concerns it.

        Raises:
            InputError: there is no document in ``data``.
        """
        ...


READERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".txt": "tolmach.readers.text:TextReader",
        ".docx": "tolmach.readers.docx:DocxReader",
        ".html": "tolmach.readers.html:HtmlReader",
        ".htm": "tolmach.readers.html:HtmlReader",
        ".xhtml": "tolmach.readers.html:HtmlReader",
        ".md": "tolmach.readers.markdown:MarkdownReader",
        ".markdown": "tolmach.readers.markdown:MarkdownReader",
        ".srt": "tolmach.readers.subtitles:SubtitleReader",
        ".vtt": "tolmach.readers.subtitles:SubtitleReader",
        ".jsonl": "tolmach.readers.tables:JsonLinesReader",
        ".ndjson": "tolmach.readers.tables:JsonLinesReader",
        ".csv": "tolmach.readers.tables:CsvReader",
        ".tsv": "tolmach.readers.tables:CsvReader",
    }
)
"""Where the reader for each suffix is, as ``module:class``: parsers are imported when needed."""


def reader_for(path: Path) -> Reader:
    """Return the reader for a file, by its suffix in any letter case.

    Raises:
        InputError: files of this kind cannot be read.
    """
    place = READERS.get(path.suffix.lower())
    if place is None:
        raise InputError(f"{path}: cannot read this kind of file, only {', '.join(READERS)}")
    module, _, name = place.partition(":")
    return cast("Reader", getattr(import_module(module), name)())


def read_path(path: Path, *, name: str, options: ReadOptions | None = None) -> Document:
    """Read a file.

    Args:
        path: the file; its suffix, in any letter case, says which reader is used.
        name: the name of the document.
        options: what can be chosen, such as the largest size.

    Raises:
        InputError: it cannot be read, is too long, empty, or of another format than its suffix
            says.
    """
    chosen = options or ReadOptions()
    reader = reader_for(path)
    data = _load(path, int(chosen.max_megabytes * 1e6))
    return reader.read(data, name=name, path=path, options=chosen)


def read_text(text: str, *, name: str = "text") -> Document:
    """Make a document of a string.

    Args:
        text: the article.
        name: the name of the document.

    Raises:
        InputError: there is nothing in it but white space.
    """
    return read_characters(text.removeprefix("\ufeff"), name=name)[0]


def _load(path: Path, max_bytes: int) -> bytes:
    try:
        # Not to wait for ever for a named pipe, its kind is looked at before it is opened.
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path} is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise InputError(f"{path} is not a regular file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # One byte more than allowed, as the file may have grown since.
            data = file.read(max_bytes + 1) if size <= max_bytes else b""
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read it") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError(f"{path}: cannot be read ({error})") from error
    if max(size, len(data)) > max_bytes:
        raise InputError(
            f"{path} is too large: {max(size, len(data)):,} bytes, at most {max_bytes:,} are read "
            "(option max_megabytes of the stage read)"
        )
    return data

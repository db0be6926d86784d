"""From files to documents: a reader for each file format, chosen by the file's suffix."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from tolmach.document import Document
from tolmach.errors import InputError
from tolmach.readers.normalise import OffsetMap, normalise
from tolmach.readers.text import TextReader, read_characters

__all__ = ["READERS", "OffsetMap", "Reader", "TextReader", "normalise", "read_path", "read_text"]


class Reader(Protocol):
    """Makes a document of the bytes of a file.

    Attributes:
        suffixes: of the files it reads, in lower case, with the dot.
    """

    suffixes: tuple[str, ...]

    def read(self, data: bytes, *, name: str, path: Path | None) -> Document:
        """Return the document; raise :class:`InputError` if there is none in ``data``."""
        ...


READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {suffix: reader for reader in (TextReader(),) for suffix in reader.suffixes}
)
"""The reader for each suffix."""


def read_path(path: Path, *, name: str, max_bytes: int = 20_000_000) -> Document:
    """Read a file.

    Args:
        path: the file; its suffix, in any letter case, says which reader is used.
        name: the name of the document.
        max_bytes: a longer file is refused.

    Raises:
        InputError: it cannot be read, is too long, empty, or of another format than its suffix
            says.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: cannot read this kind of file, only {', '.join(READERS)}")
    return reader.read(_load(path, max_bytes), name=name, path=path)


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
            f"{path} is too large: {max(size, len(data)):,} bytes, at most {max_bytes:,} are read"
        )
    return data

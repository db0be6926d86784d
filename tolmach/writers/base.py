"""What a writer is, and how files are written so that none is ever seen half done."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tolmach.document import Article
from tolmach.errors import OutputError

__all__ = ["Writer", "write_atomically"]


class Writer(Protocol):
    """Renders an article as the texts of one or more files."""

    def render(self, article: Article) -> Mapping[str, str]:
        """Return file contents by suffix, such as ``{".txt": "..."}``.

        The suffix replaces that of the document's name.
        """
        ...


def write_atomically(path: Path, text: str) -> None:
    """Write a UTF-8 file under a temporary name, then rename it.

    Args:
        path: the final name; its folder is made if need be.
        text: what to write.

    Raises:
        OutputError: it could not be written; nothing is left under the final name.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error

"""What a writer is, and how files are written so that none is ever seen half done."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tolmach.document import Article
from tolmach.errors import OutputError

__all__ = ["Writer", "make_folder", "write_atomically"]


class Writer(Protocol):
    """Renders an article as the texts of one or more files."""

    def render(self, article: Article) -> Mapping[str, str | bytes]:
        """Return file contents by suffix, such as ``{".txt": "..."}``.

        The suffix replaces that of the document's name.
        """
        ...


def make_folder(path: Path) -> None:
    """Make a folder for results, so that a run finds out at once whether it can write.

    Raises:
        OutputError: it cannot be made, or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileExistsError as error:
        raise OutputError(f"{path}: there is a file of that name") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written into: {error.strerror or error}") from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name, then rename it.

    Args:
        path: the final name; its folder is made if need be.
        content: what to write; a text is written in UTF-8.

    Raises:
        OutputError: it could not be written; nothing is left under the final name.
    """
    # without the final name in it: that one may be as long as the file system allows
    temporary = path.with_name(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _keep_name(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _keep_name(folder: Path) -> None:
    """Let a new name in a folder outlive a power cut."""
    # some systems cannot open folders, some file systems cannot sync them
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

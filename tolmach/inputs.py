"""From what a user names to the documents of a run: files, folders, patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tolmach.errors import InputError
from tolmach.readers import READERS
from tolmach.stages import Input

__all__ = ["find_inputs"]


def find_inputs(arguments: Sequence[str], *, output: Path | None = None) -> list[Input]:
    """Find the documents that some arguments name.

    Args:
        arguments: files, folders (searched recursively) and patterns such as ``news/*.txt``
            (``**`` crosses folders).
        output: the run's output folder; what lies in it is not an input.

    Returns:
        One input for each file, in a stable order, no file twice. A file in a folder is named by
        its path below that folder; names that would collide get the folder's name in front.

    Raises:
        InputError: an argument names nothing that can be read; all such arguments are listed.
    """
    found: dict[Path, str] = {}
    problems: list[str] = []
    for argument in arguments:
        files = dict(_files_of(argument, output))
        if not files:
            problems.append(_nothing(argument))
        for path, name in files.items():
            found.setdefault(path, name)
    if problems:
        raise InputError("\n".join(problems))
    return [Input(name, path=path) for path, name in _unique(found).items()]


def _files_of(argument: str, output: Path | None) -> Iterator[tuple[Path, str]]:
    path = Path(argument)
    if path.is_dir():
        yield from _walk(path, output)
    elif path.exists():
        yield path, path.name
    else:
        for match in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - absolute too
            place = Path(match)
            if place.is_dir():
                yield from _walk(place, output)
            elif place.suffix.lower() in READERS and not _is_within(place, output):
                yield place, place.name


def _walk(folder: Path, output: Path | None) -> Iterator[tuple[Path, str]]:
    for root, folders, files in os.walk(folder):
        # hidden folders and files are not articles; sorted, so that runs can be compared
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not _is_within(Path(root, name), output)
        )
        for name in sorted(files):
            path = Path(root, name)
            if path.suffix.lower() in READERS and not name.startswith("."):
                yield path, path.relative_to(folder).as_posix()


def _is_within(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())


def _nothing(argument: str) -> str:
    readable = ", ".join(READERS)
    if Path(argument).is_dir():
        return f"{argument}: no articles in this folder (looked for {readable})"
    if glob.has_magic(argument):
        return f"{argument}: no file matches this pattern (looked for {readable})"
    return f"{argument}: no such file or folder"


def _unique(found: dict[Path, str]) -> dict[Path, str]:
    """Put the parent folder in front of names that would be written to the same file."""
    taken: set[str] = set()
    named: dict[Path, str] = {}
    for path, name in found.items():
        parents = list(path.resolve().parent.parts)
        candidate = name
        while _output_key(candidate) in taken and parents:
            candidate = f"{parents.pop().strip(os.sep) or 'root'}/{candidate}"
        number = 2
        while _output_key(candidate) in taken:
            candidate = f"{number}/{name}"
            number += 1
        taken.add(_output_key(candidate))
        named[path] = candidate
    return named


def _output_key(name: str) -> str:
    # suffixes are replaced on output, and some file systems do not tell letter cases apart
    return name.rpartition(".")[0].lower()

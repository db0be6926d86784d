"""From what a user names to the documents of a run: files, folders, patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from tolmach.errors import InputError
from tolmach.languages import TARGETS
from tolmach.readers import READERS
from tolmach.stages import Input

__all__ = ["find_inputs"]


def find_inputs(
    arguments: Sequence[str],
    *,
    output: Path | None = None,
    named: Mapping[Path, str] = MappingProxyType({}),
    may_be_empty: bool = False,
) -> list[Input]:
    """Find the documents that some arguments name.

    Args:
        arguments: files, folders (searched recursively) and patterns such as ``news/*.txt``
            (``**`` crosses folders).
        output: the run's output folder; its folders ``en`` and ``vi`` hold no inputs.
        named: names that files were given before and keep.
        may_be_empty: whether folders and patterns without a document are no mistake.

    Returns:
        One input for each file, in a stable order, no file twice. A file in a folder is named by
        its path below that folder; names that would collide get the folder's name in front.

    Raises:
        InputError: an argument names nothing that can be read; all such arguments are listed.
    """
    found: dict[str, tuple[Path, str]] = {}
    meant: set[Path] = set()
    problems: list[str] = []
    # what lies beside these folders is not ours, even if the output folder is the present one
    ours = () if output is None else tuple(output / target for target in TARGETS)
    for argument in arguments:
        try:
            files = list(_files_of(argument, ours))
        except OSError as error:
            problems.append(f"{error.filename or argument}: {error.strerror or error}")
            continue
        empty_is_fine = may_be_empty and (Path(argument).is_dir() or glob.has_magic(argument))
        if not files and not empty_is_fine:
            problems.append(_nothing(argument))
        if Path(argument).is_file():
            meant.update(path for path, _ in files)
        for path, name in files:
            found.setdefault(os.path.realpath(path), (path, name))
    if problems:
        raise InputError("\n".join(problems))
    return [
        Input(name, path=path, found=path not in meant)
        for path, name in _unique(found.values(), named)
    ]


def _files_of(argument: str, ours: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    path = Path(argument)
    if not argument:
        return  # Path("") would be the present folder
    if path.is_dir():
        yield from _walk(path, ours)
    elif path.exists():
        yield path, path.name
    else:
        for match in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - absolute too
            place = Path(match)
            if place.is_dir():
                yield from _walk(place, ours)
            elif place.suffix.lower() in READERS and not _is_within(place, ours):
                yield place, place.name


def _walk(folder: Path, ours: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for root, folders, files in os.walk(folder, onerror=_refuse):
        # hidden folders and files are not articles; sorted, so that runs can be compared
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not _is_within(Path(root, name), ours)
        )
        for name in sorted(files):
            path = Path(root, name)
            if path.suffix.lower() in READERS and not name.startswith("."):
                yield path, path.relative_to(folder).as_posix()


def _refuse(error: OSError) -> None:
    # a folder that cannot be looked into may not be left out in silence
    raise error


def _is_within(path: Path, folders: Sequence[Path]) -> bool:
    # Path.resolve raises where links go round in circles
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def _nothing(argument: str) -> str:
    readable = ", ".join(READERS)
    if not argument:
        return "the name of a source is empty"
    if Path(argument).is_dir():
        return f"{argument}: no articles in this folder (looked for {readable})"
    if glob.has_magic(argument):
        return f"{argument}: no file matches this pattern (looked for {readable})"
    return f"{argument}: no such file or folder"


def _unique(found: Iterable[tuple[Path, str]], given: Mapping[Path, str]) -> list[tuple[Path, str]]:
    """Put the parent folder in front of names that would be written to the same file."""
    taken = {key for name in given.values() for key in _output_keys(name)}
    named: list[tuple[Path, str]] = []
    for path, name in found:
        if path in given:
            named.append((path, given[path]))
            continue
        parents = list(path.absolute().parent.parts)
        candidate = name
        while taken & _output_keys(candidate) and parents:
            candidate = f"{parents.pop().strip(os.sep) or 'root'}/{candidate}"
        number = 2
        while taken & _output_keys(candidate):
            candidate = f"{number}/{name}"
            number += 1
        taken |= _output_keys(candidate)
        named.append((path, candidate))
    return named


def _output_keys(name: str) -> set[str]:
    # suffixes are replaced on output, and some file systems do not tell letter cases apart
    key = (name.rpartition(".")[0] or name).lower()
    return {key, f"{key}.summary"}

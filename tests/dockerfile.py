"""Reads a Dockerfile and a .dockerignore, as far as this project's use of them goes.

The format is described in Docker's "Dockerfile reference". Not read, because not used here: parser
directives, here-documents, ONBUILD, and patterns with ``?`` or ``[]`` in .dockerignore.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_FLAG = re.compile(r"--([a-z-]+)=(\S+)\s+")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, with its continuation lines joined.

    Attributes:
        line: where it starts, 1-based.
        name: in capitals, such as ``"RUN"``.
        flags: the ``--name=value`` before the arguments, in order; a name may occur twice.
        value: the rest.
    """

    line: int
    name: str
    flags: tuple[tuple[str, str], ...]
    value: str

    def flag(self, name: str) -> str:
        """Return the value of a flag, empty if it is not given."""
        return dict(self.flags).get(name, "")

    def words(self) -> tuple[str, ...]:
        """Return the arguments one by one: of a JSON list, or split as a shell would."""
        if self.value.startswith("["):
            return tuple(json.loads(self.value))
        return tuple(shlex.split(self.value))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the names and values of an ENV or ARG; a name alone has an empty value."""
        return tuple((name, value) for name, _, value in (w.partition("=") for w in self.words()))


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage: everything from a FROM to the next.

    Attributes:
        name: what AS names it; empty if nothing does.
        base: an image, or the name of an earlier stage.
        instructions: those after the FROM.
    """

    name: str
    base: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> tuple[Instruction, ...]:
        """Return the instructions of one name."""
        return tuple(step for step in self.instructions if step.name == name)


def read_stages(text: str) -> tuple[Stage, ...]:
    """Read the stages of a Dockerfile.

    Args:
        text: its content.

    Raises:
        ValueError: an instruction stands before the first FROM (a global ARG is not supported).
    """
    stages: list[Stage] = []
    for step in _instructions(text):
        if step.name == "FROM":
            base, *rest = step.words()
            stages.append(Stage(rest[1] if len(rest) == 2 else "", base, ()))
        elif not stages:
            raise ValueError(f"line {step.line}: {step.name} before the first FROM")
        else:
            last = stages[-1]
            stages[-1] = Stage(last.name, last.base, (*last.instructions, step))
    return tuple(stages)


def _instructions(text: str) -> Iterator[Instruction]:
    start, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        # comments and empty lines do not end an instruction, even between its continuation lines
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        start = start if parts else number
        continued = line.rstrip().endswith("\\")
        parts.append(line.rstrip()[:-1] if continued else line.rstrip())
        if not continued:
            yield _instruction(start, "".join(parts))
            parts = []
    if parts:
        raise ValueError(f"line {start}: the file ends within an instruction")


def _instruction(line: int, text: str) -> Instruction:
    name, _, rest = text.strip().partition(" ")
    rest = rest.lstrip()
    flags = []
    while match := _FLAG.match(rest):
        flags.append((match[1], match[2]))
        rest = rest[match.end() :]
    return Instruction(line, name.upper(), tuple(flags), rest)


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace ``$NAME`` and ``${NAME}``; an unknown name becomes nothing."""
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)


def context_files(root: Path, ignore: str) -> tuple[Path, ...]:
    """List the files that a build may copy.

    Args:
        root: the folder of the Dockerfile.
        ignore: the content of .dockerignore; of several patterns that match, the last one counts.

    Returns:
        Paths relative to ``root``, sorted.
    """
    rules = tuple(
        (line.startswith("!"), _pattern(line.removeprefix("!").strip("/")))
        for line in map(str.strip, ignore.splitlines())
        if line and not line.startswith("#")
    )

    def wanted(path: Path) -> bool:
        keep = True
        for again, pattern in rules:
            if any(pattern.fullmatch(p.as_posix()) for p in (path, *path.parents)):
                keep = again
        return keep

    # what nothing brings back is not walked through: environments, caches, results
    tops = (top for top in root.iterdir() if wanted(Path(top.name)))
    files = (path for top in tops for path in ([top] if top.is_file() else top.rglob("*")))
    relative = (path.relative_to(root) for path in files if path.is_file())
    return tuple(sorted(filter(wanted, relative)))


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", text)
    known = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts))

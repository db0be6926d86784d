"""YAML files that remember where each value stood, so that a mistake can be pointed at."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tolmach.errors import ConfigError, Problem

__all__ = ["YamlFile", "load_yaml"]

Key = str | int


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The content of a YAML file and the line of every key in it.

    Attributes:
        file: the path as the user gave it, for messages.
        data: the parsed content.
        lines: 1-based line of each value, by its path of keys and indexes.
    """

    file: str
    data: Any
    lines: Mapping[tuple[Key, ...], int] = field(default_factory=lambda: MappingProxyType({}))

    def line(self, *keys: Key) -> int:
        """Return the line of a value, or of the nearest enclosing one that is known."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)

    def problem(self, message: str, *keys: Key) -> Problem:
        """Return a :class:`Problem` that points at a value."""
        return Problem(message, self.file, self.line(*keys))


def load_yaml(path: Path) -> YamlFile:
    """Read a YAML file with the safe schema.

    Args:
        path: the file.

    Returns:
        Its content; an empty file is an empty mapping.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or repeats a key.
    """
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(f"cannot be read: {error}", file)]) from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        reason = getattr(error, "problem", None) or str(error)
        raise ConfigError([Problem(f"not valid YAML: {reason}", file, line)]) from error
    except RecursionError as error:
        raise ConfigError([Problem("nested too deeply", file)]) from error
    lines, repeated = _places(root, file)
    if repeated:
        raise ConfigError(repeated)
    return YamlFile(file, {} if data is None else data, MappingProxyType(lines))


def _places(root: yaml.Node | None, file: str) -> tuple[dict[tuple[Key, ...], int], list[Problem]]:
    """Return the line of each value, and a problem for each key that is repeated."""
    lines: dict[tuple[Key, ...], int] = {}
    repeated: list[Problem] = []
    # a node that several aliases stand for is entered once: they can multiply without end
    entered: set[int] = set()
    waiting: deque[tuple[yaml.Node, tuple[Key, ...]]] = deque()
    if root is not None:
        waiting.append((root, ()))
    while waiting:
        node, keys = waiting.popleft()
        lines.setdefault(keys, node.start_mark.line + 1)
        if id(node) in entered:
            continue
        entered.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key_node, value_node in node.value:
                key = str(key_node.value)
                line = key_node.start_mark.line + 1
                if (*keys, key) in lines:
                    message = f"key {key!r} stands here a second time"
                    repeated.append(Problem(message, file, line))
                lines[*keys, key] = line
                waiting.append((value_node, (*keys, key)))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(item, (*keys, index)) for index, item in enumerate(node.value)]
    return lines, sorted(repeated, key=lambda problem: problem.line)

"""Frozen options with strict validation: every problem at once, with file and line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tolmach.config.yamlfile import Key, YamlFile
from tolmach.errors import ConfigError, Problem

__all__ = ["Options", "build", "parse", "problems_of"]


class Options(BaseModel):
    """Base of all options: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


AnyOptions = TypeVar("AnyOptions", bound=Options)


def parse(options: type[AnyOptions], file: YamlFile) -> AnyOptions:
    """Validate a whole YAML file.

    Raises:
        ConfigError: with every problem, each with its line.
    """
    if not isinstance(file.data, Mapping):
        raise ConfigError([Problem("must be a mapping of keys to values", file.file, 1)])
    try:
        return options.model_validate(dict(file.data))
    except ValidationError as error:
        raise ConfigError(problems_of(error, options, file)) from None


def build(options: type[AnyOptions], values: Mapping[str, Any], *, where: str) -> AnyOptions:
    """Validate options that came from Python or from the command line.

    Args:
        options: the class to build.
        values: its fields.
        where: what to call the origin in messages, such as ``"--config"``.

    Raises:
        ConfigError: with every problem.
    """
    try:
        return options.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(problems_of(error, options, YamlFile(where, values))) from None


def problems_of(
    error: ValidationError, options: type[Options], file: YamlFile, *prefix: Key
) -> list[Problem]:
    """Turn a validation error into problems that name the key, the file and the line.

    Args:
        error: what pydantic reported.
        options: the class that was being built, to suggest the right spelling of a key.
        file: where the values stood.
        prefix: keys that lead to the validated part of the file.
    """
    problems = []
    for detail in error.errors():
        keys = tuple(key for key in detail["loc"] if not _is_tag(key))
        name = ".".join(map(str, keys))
        if detail["type"] == "extra_forbidden":
            message = f"unknown key {name!r}{_suggestion(options, keys)}"
        elif detail["type"] == "missing":
            message = f"key {name!r} is missing"
        else:
            reason = detail["msg"].removeprefix("Value error, ")
            message = f"{name}: {reason}" if name else reason
            if not isinstance(detail["input"], Mapping | list):
                message += f" (got {detail['input']!r})"
        problems.append(Problem(message, file.file, _line(file, (*prefix, *keys))))
    return problems


def _line(file: YamlFile, keys: tuple[Key, ...]) -> int:
    return file.line(*keys) if file.lines else 0


def _is_tag(key: Key) -> bool:
    # pydantic adds the names of union members and validators to the path of a value
    return isinstance(key, str) and ("[" in key or "(" in key)


def _suggestion(options: type[Options], keys: tuple[Key, ...]) -> str:
    known = _fields(options, keys[:-1])
    if not known:
        return ""
    close = difflib.get_close_matches(str(keys[-1]), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(known)}"


def _fields(options: type[Options], keys: tuple[Key, ...]) -> tuple[str, ...]:
    current: type[Any] = options
    for key in keys:
        field = getattr(current, "model_fields", {}).get(key)
        if field is None or not isinstance(field.annotation, type):
            return ()
        current = field.annotation
    return tuple(getattr(current, "model_fields", ()))

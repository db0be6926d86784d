"""All errors that tolmach raises on purpose.

::

    TolmachError
    |-- ConfigError        a pipeline, run setting, site profile or model card is wrong
    |-- InputError         a source document cannot be read or used
    |   `-- NoArticle          it has nothing that could be translated
    |-- OutputError        a result cannot be written
    |-- TranslationMemoryError  the translation memory cannot be read or written
    `-- ModelError         something about a model
        |-- ModelNotFound      no such model, or it is not available here
        |-- PreparationError   downloading or converting it failed
        `-- GenerationError    it failed while translating
            `-- OutOfMemory        the device's memory did not suffice for the batch
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ConfigError",
    "GenerationError",
    "InputError",
    "ModelError",
    "ModelNotFound",
    "NoArticle",
    "OutOfMemory",
    "OutputError",
    "PreparationError",
    "Problem",
    "TolmachError",
    "TranslationMemoryError",
]


class TolmachError(Exception):
    """Base of all errors that tolmach raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a configuration.

    Attributes:
        message: what is wrong and what would be right.
        file: where; empty for values that came from Python or the command line.
        line: 1-based; 0 if unknown.
    """

    message: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.message


class ConfigError(TolmachError):
    """A configuration is wrong; carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = (Problem(problems),)
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InputError(TolmachError):
    """A source document cannot be read or used."""


class NoArticle(InputError):
    """A file has nothing that could be translated; in a folder it is no mistake."""


class OutputError(TolmachError):
    """A result cannot be written."""


class TranslationMemoryError(TolmachError):
    """The translation memory cannot be read or written.

    Attributes:
        passing: whether it may well succeed later, as when another program is using the file.
        readable: whether what is in it can still be read.
    """

    def __init__(self, message: str, *, passing: bool = False, readable: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        self.readable = readable


class ModelError(TolmachError):
    """Something is wrong with a model."""


class ModelNotFound(ModelError):
    """There is no such model, or it is not available on this machine."""


class PreparationError(ModelError):
    """Downloading or converting a model failed."""


class GenerationError(ModelError):
    """A model failed while it was generating."""


class OutOfMemory(GenerationError):
    """The memory of the device did not suffice for a batch; a smaller one may do."""

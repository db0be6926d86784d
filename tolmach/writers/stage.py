"""The stage that writes finished articles into files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import ClassVar

from pydantic import field_validator

from tolmach.config.schema import Options
from tolmach.forms.remarks import remarked
from tolmach.markup import place_marks
from tolmach.stages import Context, Item, each
from tolmach.writers import WRITERS, write_atomically

__all__ = ["WriteOptions", "WriteStage", "output_path"]


class WriteOptions(Options):
    """Options of the stage ``write``.

    Attributes:
        formats: ``same`` writes files like the sources, ``text`` plain text, both with the summary
            as a text file; ``jsonl`` lines with segments.
    """

    formats: tuple[str, ...] = ("same",)

    @field_validator("formats")
    @classmethod
    def _known(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in formats if name not in WRITERS]
        if unknown:
            raise ValueError(f"no format {', '.join(unknown)}; known: {', '.join(WRITERS)}")
        return formats


class WriteStage:
    """Writes ``<output>/<target>/<name>`` for each article, if the run has an output folder."""

    requires: ClassVar[frozenset[str]] = frozenset({"articles"})
    assigns: ClassVar[frozenset[str]] = frozenset({"files"})
    options: ClassVar[type[Options]] = WriteOptions

    def __init__(self, options: WriteOptions) -> None:
        """Set up the stage."""
        self._writers = tuple(WRITERS[name] for name in options.formats)

    def signature(self) -> Mapping[str, str]:
        """Writing does not change what is written."""
        return {}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Write the articles of each document."""
        if context.output is None:
            return iter(items)
        return each(items, "write", partial(self._write, folder=context.output))

    def _write(self, item: Item, *, folder: Path) -> Item:
        written: dict[Path, None] = {}  # two formats may share the file of the summary
        articles = {to: remarked(place_marks(article)) for to, article in item.articles.items()}
        for to, article in articles.items():
            for writer in self._writers:
                for suffix, text in writer.render(article).items():
                    path = output_path(folder, to, item.source.name, suffix)
                    write_atomically(path, text)
                    written[path] = None
        return replace(item, articles=MappingProxyType(articles), outputs=tuple(written))


def output_path(folder: Path, to: str, name: str, suffix: str) -> Path:
    """Return where an article goes: the document's relative path below the target's folder."""
    relative = PurePosixPath(name)
    stem = relative.name.removesuffix(relative.suffix)
    return folder / to / relative.parent / (stem + suffix)

"""The stage that finds the names in the source text, before it is translated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from tolmach.config.schema import Options
from tolmach.document import Document
from tolmach.resources import folder
from tolmach.stages import Context, Item, each
from tolmach.terms.finding import find
from tolmach.terms.gazetteer import fingerprint, load_gazetteer

__all__ = ["NamesOptions", "NamesStage"]


class NamesOptions(Options):
    """Options of the stage ``names``.

    Attributes:
        gazetteer: further files or folders of names; they come before the shipped ones.
        shipped: whether the shipped names are used.
        transcribe: whether Vietnamese names that are in no file are guessed from their spelling.
    """

    gazetteer: tuple[Path, ...] = ()
    shipped: bool = True
    transcribe: bool = True


class NamesStage:
    """Finds the names in each document, for models that profit from them and for ``terms``."""

    requires: ClassVar[frozenset[str]] = frozenset({"segments"})
    assigns: ClassVar[frozenset[str]] = frozenset({"names"})
    options: ClassVar[type[Options]] = NamesOptions

    def __init__(self, options: NamesOptions) -> None:
        """Load the names.

        Raises:
            ConfigError: a file is missing or wrong, with every problem.
        """
        self._transcribe = options.transcribe
        places = [*options.gazetteer]
        if options.shipped:
            places.append(folder("configs") / "gazetteer")
        self._gazetteer = load_gazetteer(*places)
        self._fingerprint = fingerprint(places)

    def signature(self) -> Mapping[str, str]:
        """Which names there are, and whether others are guessed."""
        return {"names": self._fingerprint + ("" if self._transcribe else " no guesses")}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:  # noqa: ARG002
        """Find the names of each document."""
        return each(items, "names", lambda item: replace(item, document=self._find(item.read())))

    def _find(self, document: Document) -> Document:
        wanted = [part.source for part in document.segments if part.translate]
        found = iter(find(wanted, self._gazetteer, transcribe=self._transcribe))
        blocks = tuple(
            replace(
                block,
                segments=tuple(
                    replace(part, mentions=next(found)) if part.translate else part
                    for part in block.segments
                ),
            )
            for block in document.blocks
        )
        return replace(document, blocks=blocks)

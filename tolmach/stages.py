"""What a pipeline is made of: items that flow and stages they flow through.

A stage is a callable over a stream of items; it reads as far ahead as it needs and no further.
An item whose document failed flows on untouched, so that one bad file never stops the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Protocol

from pydantic import Field

from tolmach.catalog.store import ModelStore
from tolmach.cleaning import SiteProfile, clean, detect_profile, profiles
from tolmach.config.run import RunSettings
from tolmach.config.schema import Options
from tolmach.document import Action, Article, Document, EditorWarning, Kind, Severity
from tolmach.errors import ConfigError, OutOfMemory, TolmachError
from tolmach.memory import Memory
from tolmach.readers import ReadOptions, read_path, read_text
from tolmach.resources import folder
from tolmach.segmentation import SPLITTERS, segment

if TYPE_CHECKING:
    from tolmach.terms.ledger import Ledger

__all__ = [
    "CleanStage",
    "Context",
    "Input",
    "Item",
    "Progress",
    "ReadStage",
    "SplitStage",
    "Stage",
]

_log = logging.getLogger("tolmach")


@dataclass(frozen=True, slots=True)
class Input:
    """A source to read: a file, or a text that is at hand.

    Attributes:
        name: the name of the document; outputs are named after it.
        path: the file.
        text: the text, if there is no file.
        data: the undecoded text, if there is no file.
        found: whether the file was met in a folder or by a pattern; nobody has named it.
    """

    name: str
    path: Path | None = None
    text: str | None = None
    data: bytes | None = None
    found: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One document on its way.

    Attributes:
        source: where it comes from.
        targets: language codes that are wanted.
        document: what has been read.
        articles: what has been translated, by target.
        outputs: files that were written.
        failure: why it failed; no later stage touches it then.
        seconds: time spent by stage; of a batch with texts of many documents, its share.
        number: its place in the stream, from 0.
    """

    source: Input
    targets: tuple[str, ...]
    document: Document | None = None
    articles: Mapping[str, Article] = field(default_factory=lambda: MappingProxyType({}))
    outputs: tuple[Path, ...] = ()
    failure: TolmachError | None = None
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    number: int = 0

    def spent(self, stage: str, seconds: float) -> Item:
        """Return the item with the time that a stage took."""
        return replace(self, seconds=MappingProxyType({**self.seconds, stage: seconds}))

    def read(self) -> Document:
        """Return the document.

        Raises:
            TolmachError: it has not been read: the pipeline's stages are in the wrong order.
        """
        if self.document is None:
            raise TolmachError(f"{self.source.name} has not been read yet")
        return self.document


class Progress(Protocol):
    """Told how a run goes on. Called from the thread that consumes the pipeline."""

    def note(self, message: str) -> None:
        """Something the user should know: which model is used and why."""

    def preparing(self, message: str, fraction: float) -> None:
        """A model is being prepared."""

    def begun(self, name: str, segments: int) -> None:
        """A document was read; so many translations will be made of its segments."""

    def translated(self, segments: int, words: int) -> None:
        """Further segments are done."""

    def finished(self, name: str) -> None:
        """A document is done, or has failed."""


class Silence:
    """A :class:`Progress` that says nothing."""

    def note(self, message: str) -> None:
        """Ignore the message."""
        _log.info(message)

    def preparing(self, message: str, fraction: float) -> None:
        """Ignore the progress."""

    def begun(self, name: str, segments: int) -> None:
        """Ignore the document."""

    def translated(self, segments: int, words: int) -> None:
        """Ignore the segments."""

    def finished(self, name: str) -> None:
        """Ignore the document."""


@dataclass(frozen=True)
class Context:
    """What stages share.

    Attributes:
        settings: device, precision, batching.
        store: the model cache.
        progress: who is told how things go on.
        output: folder that writers write into; None writes nothing.
        signature: of the pipeline; articles carry it together with that of their model.
        memory: what was translated before.
        names: the forms of guessed names, to be kept through several streams; None decides anew.
    """

    settings: RunSettings
    store: ModelStore
    progress: Progress = field(default_factory=Silence)
    output: Path | None = None
    signature: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    memory: Memory = field(default_factory=Memory)
    names: Ledger | None = None


class Stage(Protocol):
    """One step of a pipeline.

    Attributes:
        requires: what must have been assigned by earlier stages.
        assigns: what this stage adds to an item.
        options: the class of its options.
    """

    requires: ClassVar[frozenset[str]]
    assigns: ClassVar[frozenset[str]]
    options: ClassVar[type[Options]]

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Pass a stream of items through the stage."""
        ...

    def signature(self) -> Mapping[str, str]:
        """Return what this stage contributes to the output's signature."""
        ...


def each(items: Iterable[Item], name: str, work: Callable[[Item], Item]) -> Iterator[Item]:
    """Apply ``work`` to each item that has not failed; an error becomes the item's failure.

    Args:
        items: the stream.
        name: of the stage, for timings.
        work: returns the item with what the stage adds.
    """
    for item in items:
        if item.failure is not None:
            yield item
            continue
        started = time.perf_counter()
        try:
            done = work(item)
        except Exception as error:
            done = replace(item, failure=as_failure(error, item.source.name))
        yield done.spent(name, time.perf_counter() - started)


def as_failure(error: Exception, name: str) -> TolmachError:
    """Return an error of ours for any error, so that the other documents can go on."""
    if isinstance(error, TolmachError):
        return error
    _log.debug("%s: unexpected error", name, exc_info=error)
    if isinstance(error, MemoryError):
        return OutOfMemory(
            f"{name}: this machine's memory did not suffice; free some, or lower batch.tokens in "
            "the run settings, and run the command again"
        )
    return TolmachError(f"{name}: unexpected {type(error).__name__}: {error}")


class ReadStage:
    """Reads files into documents."""

    requires: ClassVar[frozenset[str]] = frozenset()
    assigns: ClassVar[frozenset[str]] = frozenset({"text"})
    options: ClassVar[type[Options]] = ReadOptions

    def __init__(self, options: ReadOptions) -> None:
        """Set up the stage."""
        self._options = options

    def signature(self) -> Mapping[str, str]:
        """Only a choice that differs from the default is worth telling."""
        changed = self._options.model_dump(mode="json", exclude_defaults=True)
        changed.pop("max_megabytes", None)  # decides whether a file is read, not how
        return {"read": str(changed)} if changed else {}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:  # noqa: ARG002
        """Read each item's source."""
        return each(items, "read", self._read)

    def _read(self, item: Item) -> Item:
        source = item.source
        if source.data is not None:
            from tolmach.readers.text import read_bytes

            document, _ = read_bytes(source.data, name=source.name)
        elif source.path is not None:
            document = read_path(source.path, name=source.name, options=self._options)
        else:
            document = read_text(source.text or "", name=source.name)
        return replace(item, document=document)


class CleanOptions(Options):
    """Options of the stage ``clean``.

    Attributes:
        actions: what to do with single kinds, where that differs from the default.
        sites: ``auto`` looks for a profile of the site, ``none`` uses general rules alone; else
            the name of a profile in ``configs/sites``.
        mend: whether sentences that are broken by a stray line end are put together.
    """

    actions: dict[Kind, Action] = Field(default_factory=dict)
    sites: str = "auto"
    mend: bool = True


class CleanStage:
    """Divides documents into blocks and says what happens to each.

    Documents whose form says what their blocks are, such as subtitles, have blocks already and
    pass through as they are.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"text"})
    assigns: ClassVar[frozenset[str]] = frozenset({"blocks"})
    options: ClassVar[type[Options]] = CleanOptions

    def __init__(self, options: CleanOptions) -> None:
        """Set up the stage.

        Raises:
            ConfigError: there is no such site profile, or one is wrong.
        """
        self._options = options
        self._profiles: tuple[SiteProfile, ...] = ()
        if options.sites != "none":
            self._profiles = profiles(folder("configs") / "sites")
        known = {profile.name: profile for profile in self._profiles}
        self._fixed = known.get(options.sites)
        if options.sites not in {"auto", "none"} and self._fixed is None:
            raise ConfigError(
                f"sites: there is no profile {options.sites!r}; known: auto, none, "
                + ", ".join(sorted(known))
            )

    def signature(self) -> Mapping[str, str]:
        """Only a choice that differs from the default is worth telling."""
        options = self._options
        changed = options.model_dump(mode="json", exclude_defaults=True)
        return {"clean": str(changed)} if changed else {}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:  # noqa: ARG002
        """Clean each document."""
        return each(items, "clean", self._clean)

    def _clean(self, item: Item) -> Item:
        document = item.read()
        if document.blocks:  # its form says what the blocks are
            return item
        # a line of a form is an element of its own, such as a paragraph: never half a sentence
        mend = self._options.mend and document.form is None
        profile = self._fixed or detect_profile(document.text, self._profiles)
        cleaned = clean(document, actions=self._options.actions, profile=profile, mend=mend)
        return replace(item, document=cleaned)


class SplitOptions(Options):
    """Options of the stage ``split``.

    Attributes:
        splitter: ``razdel`` finds sentences, ``line`` takes each line as it is.
        max_chars: longer sentences are reported; they are translated in pieces.
    """

    splitter: str = "razdel"
    max_chars: int = 600


class SplitStage:
    """Divides blocks into segments."""

    requires: ClassVar[frozenset[str]] = frozenset({"blocks"})
    assigns: ClassVar[frozenset[str]] = frozenset({"segments"})
    options: ClassVar[type[Options]] = SplitOptions

    def __init__(self, options: SplitOptions) -> None:
        """Set up the stage.

        Raises:
            ConfigError: there is no such splitter.
        """
        if options.splitter not in SPLITTERS:
            raise ConfigError(
                f"splitter: there is no {options.splitter!r}; known: {', '.join(SPLITTERS)}"
            )
        self._options = options
        self._splitter = SPLITTERS[options.splitter]()

    def signature(self) -> Mapping[str, str]:
        """The splitter decides what a segment is."""
        return {"splitter": self._options.splitter}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:  # noqa: ARG002
        """Split each document."""
        return each(items, "split", self._split)

    def _split(self, item: Item) -> Item:
        document = segment(item.read(), splitter=self._splitter, max_chars=self._options.max_chars)
        if not any(part.translate for part in document.segments):
            document = document.warn(
                EditorWarning(
                    "not_russian",
                    "there is nothing in Russian to translate; the text is left as it is",
                    Severity.WARNING,
                )
            )
        return replace(item, document=document)

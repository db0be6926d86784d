"""The stage that translates: segments of many documents through full batches."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import ClassVar, cast

from pydantic import field_validator

from tolmach import __version__
from tolmach.assembly import assemble
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.choice import choose
from tolmach.catalog.loading import load_model, storage_type
from tolmach.config.schema import Options
from tolmach.document import Article, EditorWarning, Segment, Severity
from tolmach.errors import ConfigError, GenerationError
from tolmach.inference.base import ChainModel, TextModel
from tolmach.languages import SOURCE, check_target, words
from tolmach.stages import Context, Item, as_failure
from tolmach.terms.mixing import with_names
from tolmach.translation.translator import Route, Task, Translated, Translator

__all__ = ["ModelPool", "TranslateOptions", "TranslateStage"]

# named in every signature whose output needs an editor before anything else
DRAFT = "draft"


class TranslateOptions(Options):
    """Options of the stage ``translate``.

    Attributes:
        models: for each target, model names in order of preference; the first that is available
            is used.
    """

    models: dict[str, tuple[str, ...]]

    @field_validator("models")
    @classmethod
    def _targets(cls, models: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for target, names in models.items():
            if target not in {"en", "vi"}:
                raise ValueError(f"{target!r} is no target language; known: en, vi")
            if not names:
                raise ValueError(f"{target}: at least one model is needed")
        return models


class ModelPool:
    """Models that are loaded once, when they are first needed, and shared by all stages."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._models: dict[tuple[str, str], Route] = {}
        self._routes: dict[tuple[str, str, tuple[str, ...]], Route] = {}

    def get(
        self, preferences: Sequence[str], *, source: str, target: str, context: Context
    ) -> Route:
        """Return the best available model for a direction.

        Raises:
            ModelError: none is available, or it cannot be loaded.
        """
        route = (source, target, tuple(preferences))
        with self._lock:
            if route not in self._routes:
                self._routes[route] = self._choose(route, context)
            return self._routes[route]

    def loaded(self, *, source: str, target: str) -> Route | None:
        """Return the model that a direction has been translated with, None if none has."""
        with self._lock:
            return next(
                (
                    model
                    for (reads, writes, _), model in self._routes.items()
                    if (reads, writes) == (source, target)
                ),
                None,
            )

    def _choose(self, route: tuple[str, str, tuple[str, ...]], context: Context) -> Route:
        source, target, preferences = route
        choice = choose(
            preferences,
            source=source,
            target=target,
            store=context.store,
            quantization=storage_type(context.settings),
        )
        for reason in choice.passed_over:
            context.progress.note(f"{source} to {target}: passed over {reason}")
        quality = ", draft quality" if choice.card.quality == DRAFT else ""
        context.progress.note(
            f"{source} to {target}: {choice.card.name}{quality} ({choice.reason})"
        )
        return self._load(choice.card, context)

    def _load(self, card: Card, context: Context) -> Route:
        # two checkpoint folders may call themselves the same
        key = card.name, card.fingerprint()
        if key not in self._models:
            model = load_model(
                card,
                settings=context.settings,
                store=context.store,
                report=context.progress.preparing,
                member=partial(self._member, context=context),
            )
            if context.settings.fast and isinstance(model, TextModel):
                model = replace(model, decoding=model.decoding.model_copy(update={"beam": 1}))
            self._models[key] = model
        return self._models[key]

    def _member(self, name: str, context: Context) -> TextModel:
        """Return a member of a chain; one that is used alone as well is loaded once."""
        model = self._load(load_card(name), context)
        if isinstance(model, ChainModel):
            raise ConfigError(f"model {name} is a chain and cannot be a member of another")
        return model

    def close(self) -> None:
        """Free all models."""
        with self._lock:
            for model in self._models.values():
                model.close()
            self._models.clear()
            self._routes.clear()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a translated segment belongs."""

    document: int
    target: str
    segment: int


@dataclass
class _Pending:
    """A document whose segments are on their way."""

    item: Item
    segments: tuple[Segment, ...]
    missing: int = 0
    found: dict[str, dict[int, Translated]] = field(default_factory=dict)


class TranslateStage:
    """Translates the segments of a stream of documents into each of their targets."""

    requires: ClassVar[frozenset[str]] = frozenset({"segments"})
    assigns: ClassVar[frozenset[str]] = frozenset({"articles"})
    options: ClassVar[type[Options]] = TranslateOptions

    def __init__(self, options: TranslateOptions, pool: ModelPool) -> None:
        """Set up the stage.

        Args:
            options: which models.
            pool: where they are loaded.
        """
        self._options = options
        self._pool = pool

    def signature(self) -> Mapping[str, str]:
        """The models sign for themselves."""
        return {}

    def model(self, target: str, context: Context) -> Route:
        """Return the model for a target language.

        Raises:
            ConfigError: it is no target language, or the pipeline names no model for it.
            ModelError: no model is available.
        """
        names = self._options.models.get(check_target(target), ())
        return self._pool.get(names, source=SOURCE, target=target, context=context)

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Translate a stream; documents come out as they are finished."""
        return _Run(self, context).run(items)


class _Run:
    """One pass over a stream. The stage itself keeps no state, so passes may run in parallel."""

    def __init__(self, stage: TranslateStage, context: Context) -> None:
        self._stage = stage
        self._context = context
        self._models: dict[tuple[str, str], Route] = {}
        self._pending: dict[int, _Pending] = {}
        self._done: deque[Item] = deque()

    def run(self, items: Iterable[Item]) -> Iterator[Item]:
        # the models are filled in as documents with their targets come by
        translator = Translator(self._models, batch=self._context.settings.batch)
        for result in translator.translate(self._tasks(items)):
            place = cast("_Place | None", result.key)
            if place is None:
                yield from self._drain()
                continue
            pending = self._pending[place.document]
            pending.found[place.target][place.segment] = result
            pending.missing -= 1
            source = pending.segments[place.segment].source
            self._context.progress.translated(1, len(words(source)))
            if not pending.missing:
                del self._pending[place.document]
                self._done.append(self._complete(pending))
            yield from self._drain()
        yield from self._drain()

    def _drain(self) -> Iterator[Item]:
        while self._done:
            yield self._done.popleft()

    def _tasks(self, items: Iterable[Item]) -> Iterator[Task]:
        for number, item in enumerate(items):
            if item.failure is not None:
                self._done.append(item)
                # moves the stream on, or many such items in a row would pile up
                yield Task(None, "", item.targets[0])
                continue
            segments = item.read().segments
            wanted = [index for index, part in enumerate(segments) if part.translate]
            pending = _Pending(item, segments)
            pending.missing = len(wanted) * len(item.targets)
            self._context.progress.begun(item.source.name, pending.missing)
            pending.found = {target: {} for target in item.targets}
            if not wanted:
                self._done.append(self._complete(pending))
                yield Task(None, "", item.targets[0])
                continue
            for target in item.targets:
                self._models[SOURCE, target] = self._stage.model(target, self._context)
            self._pending[number] = pending
            for index in wanted:
                for target in item.targets:
                    text = reading(segments[index], self._models[SOURCE, target], to=target)
                    yield Task(_Place(number, target, index), text, target)

    def _complete(self, pending: _Pending) -> Item:
        item = pending.item
        try:
            articles = {
                target: self._article(item, target, found)
                for target, found in pending.found.items()
            }
        except Exception as error:
            return replace(item, failure=as_failure(error, item.source.name))
        seconds = sum(
            result.seconds for found in pending.found.values() for result in found.values()
        )
        return replace(item, articles=MappingProxyType(articles)).spent("translate", seconds)

    def _article(self, item: Item, target: str, found: Mapping[int, Translated]) -> Article:
        model = self._models.get((SOURCE, target)) if found else None
        signature = {
            "tolmach": __version__,
            **self._context.signature,
            **(model.signature if model else {}),
        }
        article = assemble(
            item.read(),
            found,
            to=target,
            model=model.name if model else "",
            signature=MappingProxyType(signature),
        )
        failures = [one for one in article.all_warnings() if one.code == "engine_failed"]
        if failures:
            raise GenerationError(
                f"{item.source.name}: the engine failed on {len(failures)} of its segments: "
                f"{failures[0].message}"
            )
        if model is not None and model.draft:
            label = EditorWarning(
                DRAFT, f"made by {model.name}: draft quality, edit before use", Severity.INFO
            )
            article = replace(article, warnings=(*article.warnings, label))
        return article


def reading(segment: Segment, route: Route, *, to: str) -> str:
    """Return what a model is given to read: the source text, with names if that helps it."""
    if isinstance(route, ChainModel):
        first, _, to = route.stages[0]
    else:
        first = route
    if not first.names_in_source:
        return segment.source
    return with_names(segment.source, segment.mentions, to=to)

"""The stage that translates: segments of many documents through full batches."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final, cast

from pydantic import field_validator

from tolmach import __version__
from tolmach.assembly import assemble
from tolmach.catalog.cards import Card, load_card
from tolmach.catalog.loading import load_model
from tolmach.catalog.planning import Plan, plan_model, planned_signature
from tolmach.config.schema import Options
from tolmach.document import Article, EditorWarning, Origin, Segment, Severity
from tolmach.errors import ConfigError, GenerationError, ModelNotFound
from tolmach.inference.base import ChainModel, TextModel
from tolmach.languages import SOURCE, check_target, words
from tolmach.memory import Asked
from tolmach.stages import Context, Item, as_failure
from tolmach.translation.guards import inspect
from tolmach.translation.recall import DRAFT, Recall
from tolmach.translation.translator import Route, Task, Translated, Translator

__all__ = ["ALIGNING", "ModelPool", "TranslateOptions", "TranslateStage"]

# source, target, models in order of preference, what for
_Wanted = tuple[str, str, tuple[str, ...], str]
# what models are for, besides translating and summarising
ALIGNING: Final = "word alignment"


class TranslateOptions(Options):
    """Options of the stage ``translate``.

    Attributes:
        models: for each target, model names in order of preference; the first that is available
            is used.
        suggest: whether segments are given translations of similar texts that editors approved,
            for a review.
    """

    models: dict[str, tuple[str, ...]]
    suggest: bool = False

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
        self._plans: dict[_Wanted, Plan] = {}
        self._routes: dict[_Wanted, Route] = {}

    def get(
        self,
        preferences: Sequence[str],
        *,
        source: str,
        target: str,
        context: Context,
        use: str = "",
    ) -> Route:
        """Return the best available model for a direction.

        Args:
            preferences: names of models, best first.
            source: language code.
            target: language code.
            context: of the run.
            use: what for, if it is not to be taken for the model that translates.

        Raises:
            ModelError: none is available, or it cannot be loaded.
        """
        route = (source, target, tuple(preferences), use)
        with self._lock:
            if route not in self._routes:
                self._routes[route] = self._open(route, context)
            return self._routes[route]

    def used(self, *, source: str, target: str, context: Context) -> Route:
        """Return the model that a direction is translated with.

        It is loaded now if that was not needed so far, as all came from the memory.

        Raises:
            ModelError: none was planned for that direction, or it cannot be loaded.
        """
        with self._lock:
            route = self._used(source, target)
            if route is not None:
                if route not in self._routes:
                    self._routes[route] = self._open(route, context)
                return self._routes[route]
        raise ModelNotFound(f"nothing was translated from {source} to {target}")

    def _used(self, source: str, target: str) -> _Wanted | None:
        # what was loaded comes before what was only planned
        routes = (*self._routes, *self._plans)
        return next((one for one in routes if (*one[:2], one[3]) == (source, target, "")), None)

    def planned(self, *, source: str, target: str) -> Plan | None:
        """Return the plan of the model that :meth:`used` returns, None if there is none."""
        with self._lock:
            route = self._used(source, target)
            return None if route is None else self._plans.get(route)

    def plan(
        self,
        preferences: Sequence[str],
        *,
        source: str,
        target: str,
        context: Context,
        use: str = "",
    ) -> Plan:
        """Return which model a direction gets, without loading it; see :meth:`get`.

        Raises:
            ConfigError: a card is wrong.
            ModelError: none is available.
        """
        with self._lock:
            return self._planned((source, target, tuple(preferences), use), context)

    def _planned(self, route: _Wanted, context: Context) -> Plan:
        if route not in self._plans:
            source, target, preferences, use = route
            plan = plan_model(
                preferences,
                source=source,
                target=target,
                settings=context.settings,
                store=context.store,
            )
            what = f"{source} to {target}{use and ', '}{use}"
            for reason in plan.choice.passed_over:
                context.progress.note(f"{what}: passed over {reason}")
            quality = ", draft quality" if plan.card.quality == DRAFT else ""
            context.progress.note(f"{what}: {plan.card.name}{quality} ({plan.choice.reason})")
            self._plans[route] = plan
        return self._plans[route]

    def _open(self, route: _Wanted, context: Context) -> Route:
        plan = self._planned(route, context)
        model = self._load(plan.card, context)
        # of a model that has just been downloaded, the commit is known only now
        signature = planned_signature(plan.card, settings=context.settings, store=context.store)
        self._plans[route] = replace(plan, signature=signature)
        return model

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
            self._plans.clear()
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
    asked: dict[tuple[str, int], Asked] = field(default_factory=dict)


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

    def plan(self, target: str, context: Context) -> Plan:
        """Return which model a target language gets, without loading it; see :meth:`model`."""
        names = self._options.models.get(check_target(target), ())
        return self._pool.plan(names, source=SOURCE, target=target, context=context)

    @property
    def suggests(self) -> bool:
        """Whether segments are given translations of similar texts."""
        return self._options.suggest

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Translate a stream; documents come out as they are finished."""
        return _Run(self, context).run(items)


class _Run:
    """One pass over a stream. The stage itself keeps no state, so passes may run in parallel."""

    def __init__(self, stage: TranslateStage, context: Context) -> None:
        self._stage = stage
        self._context = context
        self._models: dict[tuple[str, str], Route] = {}
        self._recalls: dict[str, Recall] = {}
        self._pending: dict[int, _Pending] = {}
        self._done: deque[Item] = deque()

    def run(self, items: Iterable[Item]) -> Iterator[Item]:
        # the models are filled in as documents with their targets come by
        translator = Translator(self._models, batch=self._context.settings.batch)
        try:
            for result in translator.translate(self._tasks(items)):
                place = cast("_Place | None", result.key)
                if place is not None:
                    self._take(place, result)
                yield from self._drain()
            yield from self._drain()
        finally:
            self._context.memory.flush()

    def _take(self, place: _Place, result: Translated) -> None:
        pending = self._pending[place.document]
        asked = pending.asked.pop((place.target, place.segment))
        result = _of_source(result, asked, to=place.target)
        pending.found[place.target][place.segment] = result
        pending.missing -= 1
        self._recalls[place.target].remember(asked, result)
        self._context.progress.translated(1, len(words(asked.source)))
        if not pending.missing:
            del self._pending[place.document]
            self._done.append(self._complete(pending))

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
            pending = _Pending(item, item.read().segments)
            tasks = self._begin(pending, number)
            if not tasks:
                self._done.append(self._complete(pending))
                yield Task(None, "", item.targets[0])
                continue
            self._pending[number] = pending
            yield from tasks

    def _begin(self, pending: _Pending, number: int) -> list[Task]:
        """Fill in what the memory has; return what is left to translate."""
        item, segments = pending.item, pending.segments
        wanted = [index for index, part in enumerate(segments) if part.translate]
        self._context.progress.begun(item.source.name, len(wanted) * len(item.targets))
        pending.found = {target: {} for target in item.targets}
        parts = [segments[index] for index in wanted]
        tasks: dict[int, list[Task]] = {index: [] for index in wanted}
        for target in item.targets if wanted else ():
            asked = self._recall(target).ask(parts)
            found = self._recalls[target].find(asked)
            for index, query, hit in zip(wanted, asked, found, strict=True):
                if hit is not None:
                    pending.found[target][index] = hit
                    continue
                pending.asked[target, index] = query
                tasks[index].append(Task(_Place(number, target, index), query.read, target))
            known = [query.source for query, hit in zip(asked, found, strict=True) if hit]
            if known:
                count = sum(len(words(text)) for text in known)
                self._context.progress.translated(len(known), count)
            if len(known) < len(asked):
                self._need(target)
        pending.missing = len(pending.asked)
        # a text in all its languages at once: a way through English shares the English half
        return [task for of_text in tasks.values() for task in of_text]

    def _recall(self, target: str) -> Recall:
        if target not in self._recalls:
            plan = self._stage.plan(target, self._context)
            self._recalls[target] = Recall(self._context.memory, plan, to=target)
        return self._recalls[target]

    def _need(self, target: str) -> None:
        """Load the model for a target language, if that has not been done yet."""
        if (SOURCE, target) not in self._models:
            model = self._stage.model(target, self._context)
            self._models[SOURCE, target] = model
            self._recalls[target].use(model, self._stage.plan(target, self._context))

    def _complete(self, pending: _Pending) -> Item:
        item = pending.item
        try:
            articles = {
                target: self._article(pending, target, found)
                for target, found in pending.found.items()
            }
        except Exception as error:
            return replace(item, failure=as_failure(error, item.source.name))
        seconds = sum(
            result.seconds for found in pending.found.values() for result in found.values()
        )
        return replace(item, articles=MappingProxyType(articles)).spent("translate", seconds)

    def _article(self, pending: _Pending, target: str, found: Mapping[int, Translated]) -> Article:
        item = pending.item
        recall = self._recalls[target] if found else None
        if recall is not None:
            found = recall.doubted(found)
        if recall is not None and self._stage.suggests:
            found = recall.suggested(pending.segments, found)
        signature = {
            "tolmach": __version__,
            **self._context.signature,
            **(recall.signature if recall else {}),
        }
        article = assemble(
            item.read(),
            found,
            to=target,
            model=recall.name if recall else "",
            signature=MappingProxyType(signature),
        )
        failures = [one for one in article.all_warnings() if one.code == "engine_failed"]
        if failures:
            raise GenerationError(
                f"{item.source.name}: the engine failed on {len(failures)} of its segments: "
                f"{failures[0].message}"
            )
        by_model = any(result.origin is not Origin.APPROVED for result in found.values())
        if recall is not None and recall.is_draft and by_model:
            label = EditorWarning(
                DRAFT, f"made by {recall.name}: draft quality, edit before use", Severity.INFO
            )
            article = replace(article, warnings=(*article.warnings, label))
        return article


def _of_source(result: Translated, asked: Asked, *, to: str) -> Translated:
    """Return a result without warnings of words that the model was given and no source has.

    A name that it was given in the form of the target and did not use is a matter of the stage
    that puts names right: it says so once for the name, not for each word of it.
    """
    if not asked.reading or not any(w.code == "name_missing" for w in result.warnings):
        return result
    of_source = {warning.message for warning in inspect(asked.source, result.target, to=to)}
    kept = (w for w in result.warnings if w.code != "name_missing" or w.message in of_source)
    return replace(result, warnings=tuple(kept))

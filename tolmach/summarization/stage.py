"""The stage that summarises articles, those of many documents together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from tolmach.batching import windows
from tolmach.catalog.planning import Plan
from tolmach.config.schema import Options
from tolmach.document import Article, Summary
from tolmach.errors import GenerationError, ModelNotFound
from tolmach.inference.base import TextModel
from tolmach.languages import SOURCE
from tolmach.stages import Context, Item, as_failure
from tolmach.summarization.lengths import AUTO, Sentences, Style, Wanted
from tolmach.summarization.summarizer import EXTRACTIVE, Job, summarize_all
from tolmach.summarization.translated import Translate
from tolmach.translation.stage import ModelPool
from tolmach.translation.translator import Task, Translator

__all__ = ["SummarizeOptions", "SummarizeStage"]

# documents that are summarised together; none of them is written before all of them are done
_WINDOW = 16


def _of_targets() -> dict[str, Literal["target", "source"]]:
    return {"en": "target", "vi": "target"}


class SummarizeOptions(Options):
    """Options of the stage ``summarize``.

    Attributes:
        models: names in order of preference; of those that summarise the language in question the
            first available one is used. ``extractive`` takes sentences as they are.
        of: for each target, whether its ``target`` text is summarised, or the ``source`` and the
            summary is translated.
        styles: which summaries are made; the first is the main one.
        sentences: how many sentences an abstract or a list has; short articles get fewer, and
            ``auto`` gives more to texts of many sections.
        characters: how long a summary may be; 0 for any length.
    """

    models: tuple[str, ...] = ("embedded", EXTRACTIVE)
    of: dict[str, Literal["target", "source"]] = Field(default_factory=_of_targets)
    styles: tuple[Style, ...] = Field(default=("abstract",), min_length=1)
    sentences: Sentences = AUTO
    characters: int = Field(default=0, ge=0)

    @field_validator("sentences", mode="before")
    @classmethod
    def _is_auto_or_a_number(cls, value: object) -> object:
        if value == AUTO or (type(value) is int and 1 <= value <= 30):
            return value
        raise ValueError(f"give a number from 1 to 30, or {AUTO}")

    @field_validator("of")
    @classmethod
    def _targets(cls, of: dict[str, Literal["target", "source"]]) -> dict[str, str]:
        unknown = sorted(of.keys() - {"en", "vi"})
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no target language; known: en, vi")
        return dict(of)


@dataclass(frozen=True)
class _Order:
    """What one article is to get."""

    place: int
    to: str
    jobs: tuple[Job, ...]


class SummarizeStage:
    """Adds summaries to each article."""

    requires: ClassVar[frozenset[str]] = frozenset({"articles"})
    assigns: ClassVar[frozenset[str]] = frozenset({"summaries"})
    options: ClassVar[type[Options]] = SummarizeOptions

    def __init__(self, options: SummarizeOptions, pool: ModelPool) -> None:
        """Set up the stage.

        Args:
            options: which models, which order, how long.
            pool: where models are loaded.
        """
        self._options = options
        self._pool = pool
        self._named = tuple(name for name in options.models if name != EXTRACTIVE)
        self._wanted = tuple(
            Wanted(style, options.sentences, options.characters)
            for style in dict.fromkeys(options.styles)
        )

    def signature(self) -> Mapping[str, str]:
        """How summaries are made."""
        options = self._options
        parts = [f"{options.sentences} sentences", *options.models]
        if options.styles != ("abstract",):
            parts.insert(0, "+".join(options.styles))
        if options.characters:
            parts.insert(1, f"{options.characters} characters")
        parts += [f"{to} of source" for to, of in options.of.items() if of == "source"]
        return {"summary": f"{parts[0]}, {','.join(parts[1:])}"}

    def plan(self, target: str, context: Context) -> Plan:
        """Return which model summarises in a target language, without loading it.

        Raises:
            ModelNotFound: none does; sentences may be taken as they are.
        """
        language = SOURCE if self._options.of.get(target, "target") == "source" else target
        return self._pool.plan(self._named, source=language, target=language, context=context)

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Summarise the articles of each document; a window of documents shares batches."""
        for window in windows(items, size=_WINDOW):
            yield from self._summarize(window, context)

    def _summarize(self, items: Sequence[Item], context: Context) -> list[Item]:
        started = time.perf_counter()
        orders: list[_Order] = []
        done = list(items)
        # one for all documents: what it is to translate is translated together
        translators = {
            to: partial(self._translated, to, context)
            for to, of in self._options.of.items()
            if of == "source"
        }
        for place, item in enumerate(items):
            if item.failure is not None:
                continue
            try:
                orders += self._orders(place, item, translators, context)
            except Exception as error:
                done[place] = replace(item, failure=as_failure(error, item.source.name))
        orders = [order for order in orders if done[order.place].failure is None]
        results = iter(summarize_all([job for order in orders for job in order.jobs]))
        for order in orders:
            found = [next(results) for _ in order.jobs]
            done[order.place] = _with(done[order.place], order.to, found)
        share = (time.perf_counter() - started) / max(1, len(items))
        return [
            item if items[place].failure is not None else item.spent("summarize", share)
            for place, item in enumerate(done)
        ]

    def _orders(
        self, place: int, item: Item, translators: Mapping[str, Translate], context: Context
    ) -> Iterator[_Order]:
        for to, article in item.articles.items():
            if not article.model:
                continue  # nothing was translated, so there is nothing to summarise
            translate = translators.get(to)
            of = "source" if translate else "target"
            model = self._model(SOURCE if translate else to, context)
            jobs = tuple(Job(article, wanted, model, of, translate) for wanted in self._wanted)
            yield _Order(place, to, jobs)

    def _model(self, language: str, context: Context) -> TextModel | None:
        try:
            model = self._pool.get(self._named, source=language, target=language, context=context)
        except ModelNotFound:
            if EXTRACTIVE in self._options.models:
                return None
            raise
        # chains lead from one language to another
        return model if isinstance(model, TextModel) else None

    def _translated(self, to: str, context: Context, texts: Sequence[str]) -> list[str]:
        """Translate as the article was; only now is the model needed if the memory had it all."""
        route = self._pool.used(source=SOURCE, target=to, context=context)
        translator = Translator({(SOURCE, to): route}, batch=context.settings.batch)
        tasks = (Task(place, text, to) for place, text in enumerate(texts))
        found = {result.key: result for result in translator.translate(tasks)}
        for result in found.values():
            for warning in result.warnings:
                if warning.code == "engine_failed":
                    raise GenerationError(warning.message)
        return [found[place].target for place in range(len(texts))]


def _with(item: Item, to: str, found: Sequence[Summary | Exception]) -> Item:
    if item.failure is not None:
        return item
    for result in found:
        if isinstance(result, Exception):
            return replace(item, failure=as_failure(result, item.source.name))
    first, *further = [result for result in found if isinstance(result, Summary)]
    article: Article = item.articles[to]
    article = replace(article, summary=first, further_summaries=tuple(further))
    return replace(item, articles=MappingProxyType({**item.articles, to: article}))

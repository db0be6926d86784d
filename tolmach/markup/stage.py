"""The stage that asks the model which words became which, for markup inside sentences."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import ClassVar

from pydantic import Field, field_validator

from tolmach.catalog.planning import Plan
from tolmach.config.schema import Options
from tolmach.document import Article, Document, Link, Links, Span, TargetSegment
from tolmach.errors import ConfigError, TolmachError
from tolmach.inference.attending import Attended, attend, can_attend
from tolmach.inference.base import TextModel
from tolmach.languages import SOURCE, TARGETS
from tolmach.markup.keeping import keep_fixed
from tolmach.markup.linking import links_of, places_in
from tolmach.markup.placing import SILENT
from tolmach.markup.tree import name_of
from tolmach.stages import Context, Item, as_failure
from tolmach.translation.stage import ALIGNING, ModelPool

__all__ = ["AlignOptions", "AlignStage"]

# documents with such markup that are aligned together; the first waits for the last
_WINDOW = 8


class AlignOptions(Options):
    """Options of the stage ``align``.

    Attributes:
        models: for each target, models in order of preference that are asked where the one that
            translates has no word alignment; by default nothing is done then.
    """

    models: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("models")
    @classmethod
    def _targets(cls, models: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        unknown = sorted(models.keys() - TARGETS)
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no target language; known: en, vi")
        return models


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An article and the indexes of its segments with markup inside.

    Attributes:
        place: of its document in the window.
        model: name of the model that is asked.
        final: with the targets that markup will be placed in.
    """

    place: int
    to: str
    model: str
    final: Article
    segments: tuple[int, ...]

    def pairs(self) -> list[tuple[str, str]]:
        """Return the sources and targets that are to be aligned."""
        segments = self.final.segments
        return [(segments[index].source, segments[index].target) for index in self.segments]


class AlignStage:
    """Adds links of words to the segments with markup inside them, where the model has such.

    The targets are given to the model again, whatever they come from, so that the links follow
    from source, target and model alone. Documents without such markup flow on; no model is loaded
    for them.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"articles"})
    assigns: ClassVar[frozenset[str]] = frozenset({"links"})
    options: ClassVar[type[Options]] = AlignOptions

    def __init__(self, options: AlignOptions, pool: ModelPool) -> None:
        """Set up the stage.

        Args:
            options: further models.
            pool: where the models that translated are found, and others are loaded.
        """
        self._options = options
        self._pool = pool

    def signature(self) -> Mapping[str, str]:
        """Articles in which it decides something say so themselves."""
        return {}

    def plan(self, target: str, context: Context) -> Plan | None:
        """Return which model is asked about a target language, without loading it.

        Returns:
            None if the model that translates has no word alignment, and no other one is named.

        Raises:
            ConfigError: the other one has none either.
            ModelError: none of the named ones is available.
        """
        own = self._pool.planned(source=SOURCE, target=target)
        if own is not None and own.card.alignment:
            return own
        names = self._options.models.get(target, ())
        if not names:
            return None
        plan = self._pool.plan(names, source=SOURCE, target=target, context=context, use=ALIGNING)
        if not plan.card.alignment:
            raise ConfigError(
                f"align: the card of {plan.card.name} does not say that its attention is a word "
                "alignment"
            )
        return plan

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Align the articles of each document; a window of documents shares the engine."""
        waiting: list[Item] = []
        wanted: list[_Wanted] = []
        for item in items:
            found: list[_Wanted] = []
            if item.failure is None:
                try:
                    found = self._wanted(item, len(waiting), context)
                except TolmachError as error:
                    item = replace(item, failure=error)
            if not found and not waiting:
                yield item
                continue
            waiting.append(item)
            wanted += found
            if len(waiting) >= _WINDOW:
                yield from self._aligned(waiting, wanted, context)
                waiting, wanted = [], []
        yield from self._aligned(waiting, wanted, context)

    def _wanted(self, item: Item, place: int, context: Context) -> list[_Wanted]:
        found = []
        for to, article in item.articles.items():
            inside = marked_inside(item.read(), article.segments)
            plan = self.plan(to, context) if inside else None
            if plan is not None:
                # links lead into the text in which marks will be placed; what must stay as it is
                # is put back again there
                found.append(_Wanted(place, to, plan.card.name, keep_fixed(article), inside))
        return found

    def _aligned(
        self, items: Sequence[Item], wanted: Sequence[_Wanted], context: Context
    ) -> list[Item]:
        started = time.perf_counter()
        done = list(items)
        for to in dict.fromkeys(one.to for one in wanted):
            chosen = [one for one in wanted if one.to == to]
            try:
                found = self._attended(chosen, to, context)
            except Exception as error:
                for one in chosen:
                    item = done[one.place]
                    done[one.place] = replace(item, failure=as_failure(error, item.source.name))
                continue
            for one, attended in zip(chosen, found, strict=True):
                item = done[one.place]
                article = _linked(item.articles[to], one, attended)
                articles = MappingProxyType({**item.articles, to: article})
                done[one.place] = replace(item, articles=articles)
        asked = {one.place for one in wanted}
        share = (time.perf_counter() - started) / max(1, len(asked))
        return [
            item.spent("align", share) if place in asked else item
            for place, item in enumerate(done)
        ]

    def _attended(
        self, wanted: Sequence[_Wanted], to: str, context: Context
    ) -> list[list[Attended | None]]:
        """Ask the model; only now is it needed if the memory had all translations."""
        own = self._pool.planned(source=SOURCE, target=to)
        if own is not None and own.card.alignment:
            route = self._pool.used(source=SOURCE, target=to, context=context)
        else:
            names = self._options.models[to]
            route = self._pool.get(names, source=SOURCE, target=to, context=context, use=ALIGNING)
        documents = [one.pairs() for one in wanted]
        if not isinstance(route, TextModel) or not can_attend(route):
            return [[None] * len(pairs) for pairs in documents]
        return attend(route, documents, source=SOURCE, target=to)


def marked_inside(document: Document, segments: Sequence[TargetSegment]) -> tuple[int, ...]:
    """Return the indexes of the translated segments in which a mark begins or ends among words.

    Args:
        document: the source.
        segments: those of its article.
    """
    starts = [segment.span.start for segment in segments]
    found: set[int] = set()
    for mark in document.marks:
        if mark.fixed or name_of(mark.key) in SILENT:
            continue
        for edge in {mark.span.start, mark.span.end}:
            index = bisect_right(starts, edge) - 1
            if index >= 0 and segments[index].translated and index not in found:
                span = segments[index].span
                before = Span(span.start, min(edge, span.end)).of(document.text)
                after = document.text[edge : span.end]
                if _has_words(before) and _has_words(after):
                    found.add(index)
    return tuple(sorted(found))


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _linked(article: Article, wanted: _Wanted, attended: Sequence[Attended | None]) -> Article:
    """Return the article with links in its segments; its texts stay as they are."""
    document = article.document
    links = {
        index: Links(pair[1], _in_document(document, wanted.final.segments[index], pair, one))
        for index, pair, one in zip(wanted.segments, wanted.pairs(), attended, strict=True)
        if one is not None
    }
    segments = iter(
        replace(segment, links=links[index]) if index in links else segment
        for index, segment in enumerate(article.segments)
    )
    blocks = tuple(
        replace(block, segments=tuple(islice(segments, len(block.segments))))
        for block in article.blocks
    )
    signature = MappingProxyType({**article.signature, "alignment": wanted.model})
    return replace(article, blocks=blocks, signature=signature)


def _in_document(
    document: Document, segment: TargetSegment, pair: tuple[str, str], attended: Attended
) -> tuple[Link, ...]:
    """Return the links of a segment with the source's words as they stand in the document."""
    places = places_in(segment.span.of(document.text), segment.source)
    if places is None:
        return ()
    return tuple(
        Link(Span(places[link.source.start], places[link.source.end - 1] + 1), link.target)
        for link in links_of(*pair, attended)
    )

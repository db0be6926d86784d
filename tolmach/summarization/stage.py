"""The stage that summarises each article in its target language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from pydantic import Field

from tolmach.config.schema import Options
from tolmach.document import Article, EditorWarning, Severity
from tolmach.errors import ModelNotFound
from tolmach.inference.base import TextModel
from tolmach.stages import Context, Item, each
from tolmach.summarization.summarizer import EXTRACTIVE, summarize
from tolmach.translation.stage import ModelPool

__all__ = ["SummarizeOptions", "SummarizeStage"]


class SummarizeOptions(Options):
    """Options of the stage ``summarize``.

    Attributes:
        models: names in order of preference; ``extractive`` takes sentences as they are.
        sentences: how many sentences a summary has; short articles get fewer.
    """

    models: tuple[str, ...] = ("embedded", EXTRACTIVE)
    sentences: int = Field(default=3, ge=1, le=10)


class SummarizeStage:
    """Adds a summary to each article."""

    requires: ClassVar[frozenset[str]] = frozenset({"articles"})
    assigns: ClassVar[frozenset[str]] = frozenset({"summaries"})
    options: ClassVar[type[Options]] = SummarizeOptions

    def __init__(self, options: SummarizeOptions, pool: ModelPool) -> None:
        """Set up the stage.

        Args:
            options: which models, how long.
            pool: where models are loaded.
        """
        self._options = options
        self._pool = pool

    def signature(self) -> Mapping[str, str]:
        """How summaries are made."""
        names = ",".join(self._options.models)
        return {"summary": f"{self._options.sentences} sentences, {names}"}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:
        """Summarise the articles of each document."""
        return each(items, "summarize", lambda item: self._summarize(item, context))

    def _summarize(self, item: Item, context: Context) -> Item:
        articles = {
            to: self._with_summary(article, context) for to, article in item.articles.items()
        }
        return replace(item, articles=MappingProxyType(articles))

    def _with_summary(self, article: Article, context: Context) -> Article:
        if not article.model:
            return article  # nothing was translated, so there is nothing to summarise
        model = self._model(article.to, context)
        summary = summarize(article, sentences=self._options.sentences, model=model)
        if model is None:
            label = EditorWarning(
                "summary_extractive", "the summary is made of sentences as they are", Severity.INFO
            )
            summary = replace(summary, warnings=(*summary.warnings, label))
        return replace(article, summary=summary)

    def _model(self, language: str, context: Context) -> TextModel | None:
        named = [name for name in self._options.models if name != EXTRACTIVE]
        try:
            model = self._pool.get(named, source=language, target=language, context=context)
        except ModelNotFound:
            if EXTRACTIVE in self._options.models:
                return None
            raise
        # chains lead from one language to another
        return model if isinstance(model, TextModel) else None

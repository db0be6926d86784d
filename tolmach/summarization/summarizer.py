"""Summaries of articles, of one or of many together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tolmach.document import Article, EditorWarning, Severity, Summary
from tolmach.inference.base import TextModel
from tolmach.languages import SOURCE
from tolmach.summarization.lengths import Wanted
from tolmach.summarization.making import ABSTRACTIVE, EXTRACTIVE, make
from tolmach.summarization.requests import run
from tolmach.summarization.translated import Translate, in_target
from tolmach.summarization.view import View, view_of

__all__ = ["ABSTRACTIVE", "EXTRACTIVE", "Job", "summarize", "summarize_all"]


@dataclass(frozen=True)
class Job:
    """A summary that is to be made.

    Attributes:
        article: the translation.
        wanted: style and length.
        model: condenses; None takes sentences as they are.
        of: ``target`` to summarise the translation; ``source`` to summarise the document and to
            translate the summary.
        translate: for ``source``: translates sentences of the document's language.
        source_language: of the document.
    """

    article: Article
    wanted: Wanted
    model: TextModel | None = None
    of: str = "target"
    translate: Translate | None = None
    source_language: str = SOURCE


def summarize(
    article: Article,
    *,
    sentences: int,
    model: TextModel | None = None,
    style: str = "abstract",
    characters: int = 0,
) -> Summary:
    """Summarise a translated article in its target language.

    Args:
        article: the translation.
        sentences: how many sentences are wanted; short articles give fewer.
        model: condenses; None takes sentences as they are.
        style: one of :data:`tolmach.summarization.lengths.STYLES`.
        characters: how long it may be; 0 for any length.

    Returns:
        The summary. Every sentence says how it was made, which segments it rests on and what the
        gate said of it; what the gate refused is reported in the warnings.

    Raises:
        ModelError: the model failed in a way that has nothing to do with the text.
    """
    wanted = Wanted(style, sentences, characters)  # type: ignore[arg-type]
    (found,) = summarize_all([Job(article, wanted, model)])
    if isinstance(found, Exception):
        raise found
    return found


def summarize_all(jobs: Sequence[Job]) -> list[Summary | Exception]:
    """Make many summaries, their model runs batched together.

    Args:
        jobs: what is wanted.

    Returns:
        For each job its summary, or the error that ended it.
    """
    views: dict[tuple[int, str], View] = {}
    seen: list[View] = []
    for job in jobs:
        key = id(job.article), job.of
        if key not in views:
            views[key] = view_of(job.article, of=job.of, source_language=job.source_language)
        seen.append(views[key])
    found: Sequence[Summary | Exception] = run(
        [make(view, job.wanted, job.model) for job, view in zip(jobs, seen, strict=True)]
    )
    made: list[Summary | Exception] = []
    for job, view, summary in zip(jobs, seen, found, strict=True):
        if isinstance(summary, Exception):
            made.append(summary)
        elif job.of == "source" and job.translate is not None and summary.sentences:
            made.append(_marked(in_target(summary, view, job.translate), view))
        else:
            made.append(_marked(summary, view))
    return made


def _marked(summary: Summary, view: View) -> Summary:
    """Say how many sentences rest on translations with warnings."""
    doubtful = {unit.segment for unit in view.units if unit.doubtful}
    count = sum(not doubtful.isdisjoint(sentence.sources) for sentence in summary.sentences)
    if not count:
        return summary
    sentences = "1 sentence rests" if count == 1 else f"{count} sentences rest"
    message = f"{sentences} on translations with warnings, though no check refused them"
    warning = EditorWarning("summary_doubtful", message, Severity.INFO)
    return replace(summary, warnings=(*summary.warnings, warning))

"""Summaries of articles, of one or of many together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tolmach.document import Article, EditorWarning, Severity, Summary
from tolmach.inference.base import TextModel
from tolmach.languages import SOURCE
from tolmach.summarization.lengths import AUTO, Sentences, Wanted
from tolmach.summarization.making import ABSTRACTIVE, EXTRACTIVE, make
from tolmach.summarization.requests import run
from tolmach.summarization.translated import Translate, in_target, written
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
    sentences: Sentences = AUTO,
    model: TextModel | None = None,
    style: str = "abstract",
    characters: int = 0,
) -> Summary:
    """Summarise a translated article in its target language.

    Args:
        article: the translation.
        sentences: how many sentences are wanted; short articles give fewer, and ``auto`` gives
            more to texts of many sections.
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
        [
            make(view, job.wanted.settled(sections=view.headed), job.model)
            for job, view in zip(jobs, seen, strict=True)
        ]
    )
    known = _together(jobs, found)
    return [
        summary if isinstance(summary, Exception) else _finished(job, view, summary, known)
        for job, view, summary in zip(jobs, seen, found, strict=True)
    ]


def _together(
    jobs: Sequence[Job], found: Sequence[Summary | Exception]
) -> dict[tuple[int, str], str]:
    """Translate what was written of the sources, the sentences of all jobs in one go."""
    wanted: dict[int, tuple[Translate, dict[str, None]]] = {}
    for job, summary in zip(jobs, found, strict=True):
        if job.of == "source" and job.translate is not None and isinstance(summary, Summary):
            texts = wanted.setdefault(id(job.translate), (job.translate, {}))[1]
            texts |= dict.fromkeys(written(summary))
    known: dict[tuple[int, str], str] = {}
    for key, (translate, texts) in wanted.items():
        try:
            targets = translate(list(texts)) if texts else []
        except Exception:
            continue  # then each job asks for its own, so that only the one at fault fails
        known |= {(key, text): to for text, to in zip(texts, targets, strict=True)}
    return known


def _finished(
    job: Job, view: View, summary: Summary, known: Mapping[tuple[int, str], str]
) -> Summary | Exception:
    translate = job.translate
    if job.of != "source" or translate is None:
        return _marked(summary, view)
    key = id(translate)

    def look(texts: Sequence[str]) -> Sequence[str]:
        if all((key, text) in known for text in texts):
            return [known[key, text] for text in texts]
        return translate(texts)

    try:
        return _marked(in_target(summary, view, look), view)
    except Exception as error:
        return error


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

"""Summaries of articles: passages are chosen, a model condenses them, a gate checks the result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tolmach.document import (
    Article,
    EditorWarning,
    Kind,
    Severity,
    Summary,
    SummarySentence,
    TargetSegment,
)
from tolmach.inference.base import Decoding, Encoded, Hypothesis, TextModel
from tolmach.inference.dispatch import generate_all
from tolmach.summarization.gate import Evidence, objections
from tolmach.summarization.salience import select, similarity, stems

__all__ = ["EXTRACTIVE", "summarize"]

ABSTRACTIVE, EXTRACTIVE = "abstractive", "extractive"

_KINDS = {Kind.LEAD, Kind.BODY, Kind.QUOTE}
_SHORTEST_SOURCE = 40
_BEAM = 4
_LONGEST_OUTPUT = 90
# a condensed passage is shorter than the passage; what is not is a copy
_CONDENSED = 0.9
_SAME = 0.72
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True)
class _Passage:
    """A chosen sentence, with a neighbour that belongs to it: what one summary sentence is of."""

    chosen: int
    members: tuple[int, ...]
    text: str


def summarize(article: Article, *, sentences: int, model: TextModel | None = None) -> Summary:
    """Summarise a translated article in its target language.

    Args:
        article: the translation.
        sentences: how many sentences are wanted; short articles give fewer.
        model: condenses passages; None takes sentences as they are.

    Returns:
        The summary. Every sentence says how it was made and which segments it rests on; what the
        gate refused is reported in the warnings.
    """
    segments = article.segments
    usable = [index for index, segment in enumerate(segments) if _is_usable(segment)]
    if not usable:
        warning = EditorWarning("summary_empty", "there is no text to summarise", Severity.INFO)
        return Summary((), model="", warnings=(warning,))
    wanted = max(1, min(sentences, len(usable) // 2))
    sources = [segments[index].source for index in usable]
    chosen = [
        usable[place] for place in select(sources, count=wanted, title=_source_title(article))
    ]
    passages = [_passage(index, chosen, article, model) for index in chosen]
    hypotheses = _condense(passages, article.to, model) if model else [() for _ in passages]
    return _compose(article, passages, hypotheses, model=model)


def _is_usable(segment: TargetSegment) -> bool:
    return (
        segment.kind in _KINDS
        and segment.translated
        and len(segment.source) >= _SHORTEST_SOURCE
        # what a colon announces would be missing
        and not segment.source.endswith((":", ",", ";"))
        and all(warning.severity is Severity.INFO for warning in segment.warnings)
    )


def _source_title(article: Article) -> str:
    return next(
        (
            block.span.of(article.document.text)
            for block in article.document.blocks
            if block.kind is Kind.TITLE
        ),
        "",
    )


def _passage(
    index: int, chosen: Sequence[int], article: Article, model: TextModel | None
) -> _Passage:
    """Add the next sentence of the paragraph, if both can be condensed without mixing figures."""
    segments = article.segments
    text = segments[index].target
    alone = _Passage(index, (index,), text)
    following = index + 1
    if model is None or following in chosen or following >= len(segments):
        return alone
    between = article.document.text[segments[index].span.end : segments[following].span.start]
    both = f"{text} {segments[following].target}"
    # a small model attaches the figures of one sentence to the subject of another
    if "\n" in between or _FIGURE.search(both) or not _is_usable(segments[following]):
        return alone
    return _Passage(index, (index, following), both) if _fits(both, article.to, model) else alone


def _fits(text: str, language: str, model: TextModel) -> bool:
    if not model.context_tokens:
        return True
    length = len(model.encode(text, source=language, target=language))
    return length + _LONGEST_OUTPUT <= model.context_tokens


def _condense(
    passages: Sequence[_Passage], language: str, model: TextModel
) -> list[tuple[Hypothesis, ...]]:
    found: list[tuple[Hypothesis, ...]] = [() for _ in passages]
    rows: list[tuple[int, Encoded]] = [
        (place, model.encode(passage.text, source=language, target=language))
        for place, passage in enumerate(passages)
        if _fits(passage.text, language, model)
    ]
    decoding = Decoding(beam=_BEAM, candidates=_BEAM, max_length_ratio=0.9, max_length_extra=12)
    results = generate_all(model, [row for _, row in rows], decoding=decoding)
    for (place, _), hypotheses in zip(rows, results, strict=True):
        found[place] = hypotheses
    return found


def _compose(
    article: Article,
    passages: Sequence[_Passage],
    hypotheses: Sequence[Sequence[Hypothesis]],
    *,
    model: TextModel | None,
) -> Summary:
    examples = model.examples.get(article.to, "") if model else ""
    whole = " ".join(segment.target for segment in article.segments)
    written: list[SummarySentence] = []
    warnings: list[EditorWarning] = []
    for passage, candidates in zip(passages, hypotheses, strict=True):
        evidence = Evidence(passage.text, whole, article.document.text, examples, article.to)
        sentence, refused = _choose(passage, candidates, evidence)
        warnings += refused
        chosen = article.segments[passage.chosen]
        if sentence is None:
            sentence = SummarySentence(chosen.target, (passage.chosen,), EXTRACTIVE)
        elif _is_taken(sentence.text, article, passage):
            sentence = SummarySentence(sentence.text, passage.members, EXTRACTIVE)
        if not _is_said(sentence.text, written):
            written.append(sentence)
    return Summary(tuple(written), model.name if model else EXTRACTIVE, tuple(warnings))


def _choose(
    passage: _Passage, candidates: Sequence[Hypothesis], evidence: Evidence
) -> tuple[SummarySentence | None, list[EditorWarning]]:
    """Take the first candidate that condenses the passage and passes the gate."""
    refused: list[EditorWarning] = []
    for candidate in candidates:
        reasons = objections(candidate.text, evidence, finished=candidate.finished)
        if not reasons and len(candidate.text) <= _CONDENSED * len(passage.text):
            return SummarySentence(candidate.text, passage.members, ABSTRACTIVE), []
        stated = [reason for reason in reasons if reason.startswith("the article does not")]
        if stated and not refused:
            message = f"dropped from the summary, {stated[0]}: {candidate.text}"
            refused.append(EditorWarning("summary_dropped", message, Severity.INFO))
    return None, refused


def _is_taken(text: str, article: Article, passage: _Passage) -> bool:
    """Whether a sentence was merely taken over from the article."""
    return any(text in article.segments[member].target for member in passage.members)


def _is_said(text: str, written: Sequence[SummarySentence]) -> bool:
    found = stems(text)
    return any(similarity(found, stems(other.text)) > _SAME for other in written)

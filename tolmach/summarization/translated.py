"""A summary of the source becomes one in the target language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tolmach.checks.base import Pair
from tolmach.checks.names import known_names
from tolmach.checks.suite import run
from tolmach.document import (
    EditorWarning,
    Severity,
    Summary,
    SummaryCheck,
    SummarySentence,
)
from tolmach.languages import SOURCE
from tolmach.summarization.gate import Evidence, examine
from tolmach.summarization.making import ABSTRACTIVE, EXTRACTIVE
from tolmach.summarization.view import View
from tolmach.terms.placing import place

__all__ = ["Translate", "all_in_target", "in_target", "judged", "written"]

Translate = Callable[[Sequence[str]], Sequence[str]]
"""Translates sentences from the language of the document into that of the summary."""

# by what is wrong with a translation, which check of the gate it fails
_FAULTS = {
    "number_invented": "numbers",
    "date_changed": "numbers",
    "number_missing": "numbers",
    "unit_changed": "numbers",
    "name_doubtful": "names",
    "name_missing": "names",
    "negation_lost": "negation",
    "wrong_language": "language",
    "cyrillic_left": "language",
    "foreign_script": "language",
    "copied": "language",
    "loop": "content",
    "empty": "content",
    "too_short": "content",
    "too_long": "content",
    "truncated": "ending",
    "sentence_missing": "content",
}


def written(summary: Summary) -> list[str]:
    """Return the sentences of a summary that are not taken over, each once."""
    found = (item.text for item in summary.sentences if item.method == ABSTRACTIVE)
    return list(dict.fromkeys(found))


def in_target(summary: Summary, view: View, translate: Translate) -> Summary:
    """Translate what a model wrote; sentences that were taken over have their translations.

    A translation that differs from its source in numbers, names or negation is replaced by that
    of the article's own sentence, and said to be.

    Args:
        summary: of the source.
        view: what it was made of.
        translate: translates sentences.
    """
    sources = written(summary)
    texts = dict(zip(sources, translate(sources) if sources else (), strict=True))
    targets = {unit.segment: unit.target for unit in (*view.headline, *view.units)}
    sentences: list[SummarySentence] = []
    warnings = list(summary.warnings)
    for item in summary.sentences:
        if item.method != ABSTRACTIVE:
            sentences.append(item)
            continue
        done, reason = judged(item, texts[item.text], to=view.to)
        if reason:
            first = item.sources[0]
            message = f"replaced by a sentence of the article, {reason}: {done.text}"
            warnings.append(EditorWarning("summary_replaced", message, Severity.INFO))
            refused = (*item.refused, done.text)
            done = SummarySentence(targets[first], (first,), EXTRACTIVE, item.checks, refused)
        if all(done.text != other.text for other in sentences):
            sentences.append(done)
    return replace(summary, sentences=tuple(sentences), warnings=tuple(warnings))


def all_in_target(summary: Summary, translate: Translate, *, language: str, to: str) -> Summary:
    """Translate every sentence of a summary, where the article itself is not translated.

    What differs from its source in numbers, names or negation has nothing to be replaced by; it
    keeps the failed check, and the summary a warning.

    Args:
        summary: in the language of the text.
        translate: translates sentences.
        language: of the text.
        to: target language code.
    """
    if not summary.sentences:
        return summary
    targets = translate([item.text for item in summary.sentences])
    sentences: list[SummarySentence] = []
    warnings = list(summary.warnings)
    for item, target in zip(summary.sentences, targets, strict=True):
        done, reason = judged(item, target, to=to, language=language)
        sentences.append(done)
        if reason:
            message = f"compare with the source, {reason}: {done.text}"
            warnings.append(EditorWarning("summary_translation", message))
    return replace(summary, sentences=tuple(sentences), warnings=tuple(warnings), order="source")


def judged(
    item: SummarySentence, target: str, *, to: str, language: str = SOURCE
) -> tuple[SummarySentence, str]:
    """Return a sentence with its translation, names put right, and what is wrong with it.

    Args:
        item: the sentence in the language of the document.
        target: its translation.
        to: target language code.
        language: of the document; names are put right and looked for in Russian only.
    """
    if language == SOURCE:
        target = place(item.text, target, known_names(item.text), to=to).text
        found = run(Pair(item.text, target, to, known=known_names))
        wrong = {
            _FAULTS[warning.code]: warning.message for warning in found if warning.code in _FAULTS
        }
    else:
        evidence = Evidence(target, target, item.text, "", to, language, strict=False)
        wrong = {c.name: c.detail for c in examine(target, evidence) if not c.passed}
    checks = tuple(
        SummaryCheck(check.name, False, wrong[check.name]) if check.name in wrong else check
        for check in item.checks
    )
    return replace(item, text=target, checks=checks), next(iter(wrong.values()), "")

"""Words that must stay as they are: code, keys, and what a page says is not to be translated.

A model reads them as part of their sentence, since it needs them there, and may write them in
another way. They are put back in the place of what it wrote for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tolmach.assembly import retargeted
from tolmach.document import (
    Action,
    Article,
    EditorWarning,
    Mark,
    Origin,
    Severity,
    Span,
    TargetSegment,
)
from tolmach.markup.alignment import align
from tolmach.markup.projecting import Place, Trust, project
from tolmach.terms.edits import Edit, edited, shifted
from tolmach.terms.phonetics import Sound, similarity, sound

__all__ = ["KEPT", "keep_fixed", "occurrences"]

KEPT = "keep_missing"
"""The code of warnings about such words, also about those of a glossary."""

# as alike by their sound as two spellings of a name; anything less may be another word
_ALIKE = 0.72
# "открыть()", "настройки.yaml"
_CODE_ENDING = re.compile(r"\(\)|(?<=\w)\.[a-z]\w{0,4}\Z")
_WORD = re.compile(r"\S+")
_ALTERED = frozenset(("token_altered", "code_altered"))


def keep_fixed(article: Article) -> Article:
    """Return the article with every fixed text of its document as it was.

    What an editor has approved is left as it is. Doing it again changes nothing.

    Args:
        article: in any state after translation.
    """
    fixed = [mark for mark in article.document.marks if mark.fixed and mark.span]
    if not fixed:
        return article
    segments: list[TargetSegment] = []
    place = 0
    for block in article.blocks:
        for segment in block.segments:
            while place < len(fixed) and fixed[place].span.start < segment.span.start:
                place += 1
            inside = []
            while place < len(fixed) and fixed[place].span.end <= segment.span.end:
                inside.append(fixed[place])
                place += 1
            free = segment.translated and segment.origin is not Origin.APPROVED
            wanted = inside if free and block.action is not Action.DROP else []
            segments.append(_kept(segment, wanted, article.document.text) if wanted else segment)
    return retargeted(article, segments)


def occurrences(text: str, target: str) -> list[Span]:
    """Return where a text stands in another, not as a part of longer words."""
    before = r"(?<!\w)" if re.match(r"\w", text) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", text) else ""
    pattern = f"{before}{re.escape(text)}{after}"
    return [Span(*found.span()) for found in re.finditer(pattern, target)]


def _kept(segment: TargetSegment, marks: Sequence[Mark], text: str) -> TargetSegment:
    source, target = segment.span.of(text), segment.target
    taken: list[Span] = []
    missing: list[Mark] = []
    found: dict[str, Iterator[Span]] = {}
    for mark in marks:
        wanted = mark.span.of(text)
        span = next(found.setdefault(wanted, iter(occurrences(wanted, target))), None)
        if span is None:
            missing.append(mark)
        else:
            taken.append(span)
    edits: list[Edit] = []
    warnings: list[EditorWarning] = []
    for mark in missing:
        wanted = mark.span.of(text)
        span, trust = _written_for(source, target, mark.span.shift(-segment.span.start), taken)
        taken.append(span)
        edits.append(_edit(target, span, wanted))
        if trust < Trust.CERTAIN:
            warnings.append(_warning(mark, wanted, span.of(target)))
    edits = _apart(sorted(edits, key=lambda edit: edit.span))
    spans = [mark.span for mark in marks]
    rest = [warning for warning in segment.warnings if not _is_mended(warning, spans)]
    return replace(
        segment,
        target=edited(target, edits),
        warnings=(*shifted(rest, edits), *warnings),
    )


def _is_mended(warning: EditorWarning, fixed: Sequence[Span]) -> bool:
    at = warning.source
    return (
        warning.code in _ALTERED
        and at is not None
        and any(span.start <= at.start and at.end <= span.end for span in fixed)
    )


def _written_for(source: str, target: str, span: Span, taken: Sequence[Span]) -> tuple[Span, Trust]:
    """Return what a model wrote for a part of the source, empty if nothing is found."""
    wanted = span.of(source)
    known = align(source, target)
    place = project(source, target, span)
    inside = len(known.inside(span))
    if inside == len(known.source_tokens) and not taken:
        return place.span, Trust.CERTAIN
    alike = _most_alike(wanted, source, target, place, taken)
    if alike is not None:
        return _with_marks(wanted, target, alike), Trust.CERTAIN
    sure = place.trust >= Trust.LIKELY and known.count(place.span) <= inside + 1
    if sure and place.span and _is_free(place.span, taken):
        return _with_marks(wanted, target, place.span), Trust.LIKELY
    at = place.span.start
    at = next((one.start for one in taken if one.start < at < one.end), at)
    return Span(at, at), Trust.GUESSED


def _most_alike(
    wanted: str, source: str, target: str, place: Place, taken: Sequence[Span]
) -> Span | None:
    """Return the words that sound most like a text, the nearest to its place of equal ones."""
    heard = [sound(wanted)]
    tokens = align(source, target).target_tokens
    longest = len(wanted.split()) + 1
    best: tuple[float, int, Span] | None = None
    for first, token in enumerate(tokens):
        for last in tokens[first : first + longest]:
            span = Span(token.start, last.end)
            score = _likeness(wanted, heard, target, span)
            ranked = (score, -abs(span.start - place.span.start), span)
            better = best is None or ranked[:2] > best[:2]
            if score >= _ALIKE and better and _is_free(span, taken):
                best = ranked
    return None if best is None else best[2]


def _likeness(wanted: str, heard: Sequence[Sound], target: str, span: Span) -> float:
    ending = _CODE_ENDING.search(wanted)
    if ending and _WORD.fullmatch(span.of(target)) and ending[0] == _ending(target, span):
        return _ALIKE  # another name of the same kind of thing
    return similarity(span.of(target), heard)


def _ending(target: str, span: Span) -> str:
    after = _CODE_ENDING.match(target, span.end)
    found = after or _CODE_ENDING.search(span.of(target))
    return found[0] if found else ""


def _is_free(span: Span, taken: Sequence[Span]) -> bool:
    return all(span.end <= one.start or one.end <= span.start for one in taken)


def _with_marks(wanted: str, target: str, span: Span) -> Span:
    """Take what is no word as well, where the text has it too: the brackets of a call."""
    before = re.match(r"[^\w\s]*", wanted)
    after = re.search(r"[^\w\s]*\Z", wanted)
    start, end = span.start, span.end
    if before and before[0] and target[:start].endswith(before[0]):
        start -= len(before[0])
    if after and after[0] and target[end:].startswith(after[0]):
        end += len(after[0])
    return Span(start, end)


def _edit(target: str, span: Span, wanted: str) -> Edit:
    if span:
        return Edit(span, wanted)
    before = " " if target[: span.start][-1:].isalnum() else ""
    after = " " if target[span.start :][:1].isalnum() else ""
    return Edit(span, f"{before}{wanted}{after}")


def _apart(edits: Sequence[Edit]) -> list[Edit]:
    """Put spaces between what is put in side by side."""
    found: list[Edit] = []
    for edit in edits:
        if found and found[-1].span.end == edit.span.start and not found[-1].text.endswith(" "):
            edit = replace(edit, text=f" {edit.text.lstrip()}")
        found.append(edit)
    return found


def _warning(mark: Mark, wanted: str, written: str) -> EditorWarning:
    if written:
        message = f"“{written}” gave way to “{wanted}”, which must stay as it is"
        return EditorWarning(KEPT, message, Severity.INFO, mark.span)
    message = (
        f"“{wanted}” must stay as it is; it was put in, and what was written for it may stand "
        "beside it"
    )
    return EditorWarning(KEPT, message, Severity.WARNING, mark.span)

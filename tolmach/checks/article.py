"""Checks of a whole article: every segment, and what only shows when segments are compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from tolmach.checks.base import CODES, Pair, warning
from tolmach.checks.suite import ALL, run
from tolmach.document import Article, EditorWarning, Origin, Severity, Span, TargetSegment
from tolmach.terms.base import Mention
from tolmach.terms.glossary import Glossary

__all__ = ["check_article", "check_segment", "inconsistent"]

# found by comparing texts, so they can be found again; what else a model did wrong cannot
_RECHECKED = frozenset(CODES) - {"empty", "truncated", "loop", "term_missing", "keep_missing"}


def check_article(
    article: Article,
    *,
    skip: Collection[str] = (),
    glossary: Glossary | None = None,
    known: Callable[[str], Sequence[Mention]] | None = None,
) -> Article:
    """Add to each translated segment what checks find in it.

    A warning that is there already is not repeated. One that an earlier stage left and that no
    longer holds, because a later one mended the text, is taken away.

    Args:
        article: as the translation and the stages after it left it.
        skip: codes that are not reported; warnings of earlier stages stay.
        glossary: terms to look for, if no other stage did.
        known: see :class:`Pair`.

    Returns:
        The same texts with other warnings.
    """
    text = article.document.text
    remarks = {} if "inconsistent" in skip else inconsistent(article.segments)
    index = 0
    blocks = []
    for block in article.blocks:
        segments = []
        for segment in block.segments:
            checked = check_segment(
                segment, text, to=article.to, skip=skip, glossary=glossary, known=known
            )
            extra = remarks.get(index)
            if extra is not None and segment.origin is not Origin.APPROVED:
                checked = replace(checked, warnings=(*checked.warnings, extra))
            segments.append(checked)
            index += 1
        blocks.append(replace(block, segments=tuple(segments)))
    return replace(article, blocks=tuple(blocks))


def check_segment(
    segment: TargetSegment,
    text: str,
    *,
    to: str,
    skip: Collection[str] = (),
    glossary: Glossary | None = None,
    known: Callable[[str], Sequence[Mention]] | None = None,
) -> TargetSegment:
    """Return a segment with what checks find in it.

    Args:
        segment: what was not translated, or what an editor approved, is returned as it is.
        text: of the document.
        to: target language code.
        skip: codes that are not reported.
        glossary: terms to look for.
        known: see :class:`Pair`.
    """
    if not segment.translated or segment.origin is Origin.APPROVED:
        return segment
    found = list(run(Pair(segment.source, segment.target, to, known=known), ALL, skip=skip))
    if glossary is not None:
        terms = glossary.check(segment.source, segment.target, to=to)
        found += [item for item in terms if item.code not in skip]
    offsets = _offsets(segment.span, text) if any(item.source for item in found) else ()
    placed = [_placed(item, segment, offsets) for item in found]
    seen = {(item.code, item.message) for item in placed}
    kept = [item for item in segment.warnings if _still_holds(item, seen, skip)]
    have = {(item.code, item.message) for item in kept}
    new = [item for item in placed if (item.code, item.message) not in have]
    return replace(segment, warnings=(*kept, *(item for item in new if not _told(item, kept))))


def _still_holds(
    item: EditorWarning, seen: Collection[tuple[str, str]], skip: Collection[str]
) -> bool:
    # an error may have been found in one clause of the segment and not show in the whole
    if item.code not in _RECHECKED or item.severity is not Severity.WARNING or item.code in skip:
        return True
    # names are looked for by other stages too, which say it in other words
    return item.code == "name_missing" or (item.code, item.message) in seen


def _told(item: EditorWarning, others: Collection[EditorWarning]) -> bool:
    """Whether another stage has said in its own words that this name is missing."""
    return item.code == "name_missing" and any(
        other.code == item.code
        and other.source is not None
        and item.source is not None
        and other.source.start < item.source.end
        and item.source.start < other.source.end
        for other in others
    )


def _placed(item: EditorWarning, segment: TargetSegment, offsets: Sequence[int]) -> EditorWarning:
    if item.source is None or item.source.start >= len(offsets):
        return replace(item, source=segment.span)
    last = offsets[min(item.source.end, len(offsets)) - 1]
    return replace(item, source=Span(offsets[item.source.start], last + 1))


def _offsets(place: Span, text: str) -> list[int]:
    """Return where in a document each character of a segment's source stands.

    In the source of a segment white space is folded to single spaces.
    """
    raw = place.of(text)
    return [
        place.start + index
        for index, char in enumerate(raw)
        if not char.isspace() or (index and not raw[index - 1].isspace())
    ]


def inconsistent(segments: Iterable[TargetSegment]) -> Mapping[int, EditorWarning]:
    """Return a remark for each segment whose source was translated otherwise before.

    Args:
        segments: of one article.

    Returns:
        Remarks by index.
    """
    first: dict[str, tuple[int, str]] = {}
    remarks: dict[int, EditorWarning] = {}
    for index, segment in enumerate(segments):
        if not segment.translated:
            continue
        place, target = first.setdefault(segment.source, (index, segment.target))
        if target != segment.target:
            found = warning(
                "inconsistent", f"segment {place} has the same source, but another translation"
            )
            remarks[index] = replace(found, source=segment.span)
    return remarks

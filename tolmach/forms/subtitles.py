"""The form of subtitles: timings and everything else stay, the words change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count
from typing import Final

from tolmach.document import (
    Article,
    EditorWarning,
    Severity,
    Span,
    TargetBlock,
)
from tolmach.forms.cues import SRT_TAG, Cue, Speech, Tag
from tolmach.forms.parts import is_unchanged
from tolmach.forms.raw import RawText
from tolmach.forms.wrapping import divide, wrap

__all__ = ["SubtitleForm"]

# what viewers can read, in characters per second: the usual limit of style guides is 15 to 21
_MOST_PER_SECOND: Final = 21.0
_ARROW: Final = re.compile(r"-{2,}>")
_TAG_KEY: Final = re.compile(r"tag-(\d+)\Z")
_CUE_KEY: Final = re.compile(r"cue-\d+\Z")


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said in a cue in the target language.

    Attributes:
        text: on one line.
        tags: ranges in ``text``, outer ones first.
        unchanged: whether it is what the source says.
    """

    text: str
    tags: tuple[tuple[Span, Tag], ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class SubtitleForm:
    """A subtitle file; a :class:`tolmach.document.Form`.

    Attributes:
        suffix: ``.srt`` or ``.vtt``.
        raw: the file.
        chunks: what is kept as it is, and indexes of cues, in order.
        cues: the subtitles.
        blocks: for each block of the document, what it was joined from.
        line: characters in a line.
        lines: most lines in a cue.
    """

    suffix: str
    raw: RawText
    chunks: tuple[str | int, ...]
    cues: tuple[Cue, ...]
    blocks: tuple[tuple[Speech, ...], ...]
    line: int
    lines: int

    def render(self, article: Article) -> bytes:
        """Return the file with the target texts in place of the source texts.

        A cue whose text did not change stays as it is; others are wrapped anew.
        """
        said = dict(self._said(article))
        shown = tuple(speech for block in self.blocks for speech in block)
        end = "\r\n" if "\r\n" in self.raw.text else "\n"
        written = [
            cue.raw if _is_kept(parts, said) else end.join(self._cue(cue, parts, said, shown))
            for cue, parts in self._numbered()
        ]
        return self.raw.encode(
            "".join(chunk if isinstance(chunk, str) else written[chunk] for chunk in self.chunks)
        )

    def warned(self, article: Article) -> Article:
        """Return the article with a remark for each cue that is too fast to be read."""
        said = dict(self._said(article))
        places = dict(self._segments(article))
        found: dict[int, EditorWarning] = {}
        for index, (cue, parts) in enumerate(self._numbered()):
            if _is_kept(parts, said):
                continue
            characters = sum(len(said[number].text) for number in parts if number is not None)
            speed = characters / max(cue.end - cue.start, 0.001)
            segment = next((places[n] for n in parts if n is not None and n in places), None)
            if speed > _MOST_PER_SECOND and segment is not None:
                found.setdefault(segment, _fast(index, cue, speed))
        return _with_warnings(article, found)

    def _numbered(self) -> Iterator[tuple[Cue, tuple[int | None, ...]]]:
        """Yield each cue, and for its speeches their number among those that have words."""
        numbers = count()
        for cue in self.cues:
            yield cue, tuple(next(numbers) if speech.text else None for speech in cue.speeches)

    def _said(self, article: Article) -> Iterator[tuple[int, _Said]]:
        numbers = count()
        for block, speeches in zip(article.blocks, self.blocks, strict=True):
            if is_unchanged(article, block):
                for speech in speeches:
                    yield next(numbers), _Said(speech.text, unchanged=True)
            else:
                for part in _divided(block, speeches):
                    yield next(numbers), part

    def _segments(self, article: Article) -> Iterator[tuple[int, int]]:
        """Yield for each speech with words the index of the segment that it begins in."""
        numbers = count()
        first = 0
        for block, speeches in zip(article.blocks, self.blocks, strict=True):
            position = block.span.start
            for speech in speeches:
                inside = (i for i, s in enumerate(block.segments) if s.span.end > position)
                number, segment = next(numbers), next(inside, None)
                if segment is not None:
                    yield number, first + segment
                position += len(speech.text) + 1
            first += len(block.segments)

    def _cue(
        self,
        cue: Cue,
        parts: Sequence[int | None],
        said: Mapping[int, _Said],
        shown: Sequence[Speech],
    ) -> Iterator[str]:
        """Yield the lines of a cue."""
        most = max(1, self.lines // len(parts))
        for speech, number in zip(cue.speeches, parts, strict=True):
            if number is None or said[number].unchanged:
                yield from speech.raw.splitlines()
                continue
            part, around = said[number], shown[number]
            width = max(1, self.line - len(around.dash))
            breaks = wrap(part.text, width=width, lines=most)
            text = _written(part, breaks, web=self.suffix == ".vtt")
            yield from f"{around.prefix}{around.dash}{text}{around.suffix}".split("\n")


def _is_kept(parts: Sequence[int | None], said: Mapping[int, _Said]) -> bool:
    return all(number is None or said[number].unchanged for number in parts)


# --- from a block to its cues -----------------------------------------------------------------


def _divided(block: TargetBlock, speeches: Sequence[Speech]) -> Iterator[_Said]:
    """Yield for each speech of a block its part of the target."""
    tags = {tag.number: tag for speech in speeches for tag in speech.tags}
    placed: list[tuple[Span, Tag]] = []
    for mark in block.marks:
        match = _TAG_KEY.search(mark.key)
        if match is not None:
            placed.append((mark.span, tags[int(match[1])]))
    text = " ".join(block.text.split())
    if len(text) != len(block.text):  # no white space but single spaces stands in a subtitle
        placed = [(_folded(block.text, span), tag) for span, tag in placed]
    wanted = sorted(
        _folded(block.text, mark.span).start for mark in block.marks if _CUE_KEY.search(mark.key)
    )
    if len(wanted) < len(speeches) - 1:
        wanted = _proportional(text, speeches)
    whole = [span for span, tag in placed if tag.closing]
    starts = (0, *divide(text, wanted, whole=whole))
    ends = (*starts[1:], len(text))
    parts = [_part(text, Span(start, end), placed) for start, end in zip(starts, ends, strict=True)]
    for index in range(len(speeches)):
        # with fewer words than cues the last words stay on the screen
        yield parts[index] if index < len(parts) else _Said(parts[-1].text)


def _proportional(text: str, speeches: Sequence[Speech]) -> list[int]:
    """Return where the cues begin if each has the share of the text that it had in the source."""
    total = max(1, sum(len(speech.text) + 1 for speech in speeches))
    shares = accumulate(len(speech.text) + 1 for speech in speeches[:-1])
    return [len(text) * share // total for share in shares]


def _folded(text: str, span: Span) -> Span:
    """Return a span where it is when all white space of the text is folded."""
    length = len(" ".join(text.split()))
    start = min(length, len(" ".join([*text[: span.start].split(), "|"])) - 1)
    return Span(start, min(length, start + len(" ".join(span.of(text).split()))))


def _part(text: str, span: Span, placed: Sequence[tuple[Span, Tag]]) -> _Said:
    """Cut a piece out; a tag belongs to the piece with most of it."""
    cut = text[span.start : span.end].rstrip()
    tags: list[tuple[Span, Tag]] = []
    for place, tag in placed:
        start, end = max(place.start, span.start), min(place.end, span.end)
        last = span.end == len(text)
        if len(place):
            inside = 2 * (end - start) > len(place) or (
                2 * (end - start) == len(place) and start == place.start
            )
        else:
            inside = span.start <= place.start < span.end or (last and place.start == span.end)
        if inside:
            start, end = start - span.start, min(end - span.start, len(cut))
            tags.append((Span(min(start, end), end), tag))
    return _Said(cut, tuple(tags))


def _written(said: _Said, breaks: Sequence[int], *, web: bool) -> str:
    """Return the text with its tags and line ends."""
    before: dict[int, list[str]] = {}
    after: dict[int, list[str]] = {}
    for span, tag in said.tags:
        before.setdefault(span.start, []).append(tag.opening)
        if tag.closing and not len(span):
            before[span.start].append(tag.closing)
        elif tag.closing:
            after.setdefault(span.end, []).insert(0, tag.closing)
    cuts = sorted({0, len(said.text), *before, *after, *breaks})
    pieces: list[str] = []
    for start, end in zip(cuts, [*cuts[1:], len(said.text)], strict=True):
        pieces += after.get(start, ())
        pieces += before.get(start, ())
        piece = said.text[start:end]
        if start in breaks:
            pieces.append("\n")
            piece = piece[1:]
        pieces.append(_escaped(piece, web=web))
    return "".join(pieces)


def _escaped(text: str, *, web: bool) -> str:
    if web:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # SubRip knows no escapes: what would be taken for a tag or a timing must not look like one
    return _ARROW.sub("->", SRT_TAG.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text))


# --- remarks ----------------------------------------------------------------------------------


def _fast(index: int, cue: Cue, speed: float) -> EditorWarning:
    minutes, seconds = divmod(int(cue.start), 60)
    return EditorWarning(
        "cue_fast",
        f"subtitle {index + 1} (at {minutes}:{seconds:02}) has {speed:.0f} characters per second; "
        f"more than {_MOST_PER_SECOND:.0f} can hardly be read",
        Severity.INFO,
    )


def _with_warnings(article: Article, found: Mapping[int, EditorWarning]) -> Article:
    if not found:
        return article
    index = count()
    blocks = []
    for block in article.blocks:
        segments = []
        for segment in block.segments:
            remark = found.get(next(index))
            if remark is not None:
                remark = replace(remark, source=segment.span)
                segment = replace(segment, warnings=(*segment.warnings, remark))
            segments.append(segment)
        blocks.append(replace(block, segments=tuple(segments)))
    return replace(article, blocks=tuple(blocks))

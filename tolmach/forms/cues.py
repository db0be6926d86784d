"""What is inside a subtitle: who speaks, and the tags."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tolmach.document import Span
from tolmach.readers.normalise import normalise

__all__ = ["SRT_TAG", "Cue", "Speech", "Tag", "speeches"]

SRT_TAG: Final = re.compile(
    r"</?(?:[ibus]|font\b[^<>\n]{0,200})>|\{\\[^{}\n]{1,200}\}", re.IGNORECASE
)
"""The tags that players know in SubRip files; anything else between brackets is text."""
_WEB_TAG: Final = re.compile(r"<[^<>]{0,500}>")
_TAG_NAME: Final = re.compile(r"<(/?)([a-zA-Z]+)")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s([^<>]{1,200})>")
_DASH: Final = re.compile(r"\s{0,9}[-–—‐]\s{0,9}(?=[^\W\d]|[\"«“(.…])")
_SPACE: Final = re.compile(r"\s+")
_MOST_TOKENS: Final = 2000
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag inside a text, or a pair of them.

    Attributes:
        span: in the text of the speech; empty for what stands at a point.
        opening: as it stands in the file.
        closing: the same for the end; empty for what stands at a point.
        parent: index of the tag around it in the same speech, or -1.
        number: in the document, counted from 1.
    """

    span: Span
    opening: str
    closing: str = ""
    parent: int = -1
    number: int = 0


@dataclass(frozen=True, slots=True)
class Speech:
    """What one person says in one cue.

    Attributes:
        cue: index of the cue.
        raw: as it stands in the file.
        text: what is said, on one line; empty if there is not a letter in it.
        dash: the dash of a dialogue before it, with its space.
        prefix: the tags before the text.
        suffix: the tags after it.
        tags: the tags inside it, in the order in which they begin.
        voice: the speaker's name, if the cue says it.
    """

    cue: int
    raw: str
    text: str
    dash: str = ""
    prefix: str = ""
    suffix: str = ""
    tags: tuple[Tag, ...] = ()
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle.

    Attributes:
        start: when it appears, in seconds.
        end: when it disappears.
        raw: its text as it stands in the file, without the last line end.
        speeches: what it consists of.
    """

    start: float
    end: float
    raw: str
    speeches: tuple[Speech, ...]


def speeches(payload: str, cue: int, *, web: bool) -> tuple[Speech, ...]:
    """Divide the text of a cue at the dashes of a dialogue.

    Args:
        payload: the text as it stands in the file.
        cue: index of the cue.
        web: whether it is WebVTT, with character references and any tag.
    """
    pattern = _WEB_TAG if web else SRT_TAG
    groups: list[list[str]] = []
    for line in payload.splitlines():
        if not groups or _DASH.match(pattern.sub("", line)):
            groups.append([])
        groups[-1].append(line)
    return tuple(_speech("\n".join(group), cue, web=web) for group in groups)


@dataclass(slots=True)
class _Builder:
    """Collects the text of a speech, with white space folded."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, piece: str) -> None:
        folded = _SPACE.sub(" ", piece)
        if not self.pieces or self.pieces[-1].endswith(" "):
            folded = folded.lstrip()
        if folded:
            self.pieces.append(folded)
            self.length += len(folded)


def _speech(raw: str, cue: int, *, web: bool) -> Speech:
    tokens = _tokens(raw, web=web)
    if len(tokens) > _MOST_TOKENS:
        return Speech(cue, raw, "")  # no subtitle that anybody could read
    dash = ""
    for index, (kind, token) in enumerate(tokens):
        if kind == "text" and token.strip():
            match = _DASH.match(token)
            if match:
                dash = match[0].lstrip()
                tokens[index] = (kind, token[match.end() :])
            break
    text, tags = _tagged(tokens)
    voice = next((m[1] for kind, t in tokens if kind == "tag" and (m := _VOICE.match(t))), "")
    if not _LETTER.search(text):
        return Speech(cue, raw, "", voice=voice)
    prefix, suffix, inner = _edges(tags, len(text))
    return Speech(cue, raw, text, dash, prefix, suffix, inner, voice)


def _tokens(raw: str, *, web: bool) -> list[tuple[str, str]]:
    pattern = _WEB_TAG if web else SRT_TAG
    tokens: list[tuple[str, str]] = []
    position = 0
    for match in pattern.finditer(raw):
        tokens += ("text", _plain(raw[position : match.start()], web=web)), ("tag", match[0])
        position = match.end()
    tokens.append(("text", _plain(raw[position:], web=web)))
    return tokens


def _plain(raw: str, *, web: bool) -> str:
    return normalise(html.unescape(raw) if web else raw)[0]


def _tagged(tokens: Sequence[tuple[str, str]]) -> tuple[str, list[Tag]]:
    """Return the text, and its tags with their places; tags without a partner are points."""
    builder = _Builder()
    tags: list[Tag] = []
    waiting: list[int] = []  # indexes of tags that are open
    for kind, token in tokens:
        if kind == "text":
            builder.add(token)
            continue
        place = Span(builder.length, builder.length)
        match = _TAG_NAME.match(token)
        if match is None or not match[1]:
            parent = waiting[-1] if waiting else -1
            tags.append(Tag(place, token, parent=parent))
            if match is not None:
                waiting.append(len(tags) - 1)
            continue
        partner = next((i for i in reversed(waiting) if _name(tags[i]) == match[2].lower()), None)
        if partner is None:
            tags.append(Tag(place, token, parent=waiting[-1] if waiting else -1))
            continue
        tags[partner] = replace(
            tags[partner], span=Span(tags[partner].span.start, place.end), closing=token
        )
        del waiting[waiting.index(partner) :]
    text = "".join(builder.pieces).rstrip()
    return text, [_clipped(tag, text) for tag in _adopted(tags)]


def _name(tag: Tag) -> str:
    match = _TAG_NAME.match(tag.opening)
    return match[2].lower() if match else ""


def _adopted(tags: Sequence[Tag]) -> Iterator[Tag]:
    """Give what lies in a tag that was never closed to the tag around that one."""
    for tag in tags:
        parent = tag.parent
        while parent >= 0 and not tags[parent].closing:
            parent = tags[parent].parent
        yield replace(tag, parent=parent)


def _clipped(tag: Tag, text: str) -> Tag:
    """White space at the edges of a tag is outside it."""
    start, end = min(tag.span.start, len(text)), min(tag.span.end, len(text))
    if tag.closing:
        end = start + len(text[start:end].rstrip())
    return replace(tag, span=Span(start, max(start, end)))


def _edges(tags: Sequence[Tag], length: int) -> tuple[str, str, tuple[Tag, ...]]:
    """Take the tags off that stand before the whole text, after it or around it."""
    prefix, suffix = "", ""
    taken: set[int] = set()
    for index, tag in enumerate(tags):
        inside = tag.parent >= 0 and tag.parent not in taken
        if inside:
            continue
        if tag.closing and tag.span == Span(0, length):
            prefix += tag.opening
            suffix = tag.closing + suffix
        elif not tag.closing and tag.span.start == 0:
            prefix += tag.opening
        elif not tag.closing and tag.span.start == length:
            suffix = tag.opening + suffix if tag.parent >= 0 else suffix + tag.opening
        else:
            continue
        taken.add(index)
    kept = [index for index in range(len(tags)) if index not in taken]
    places = {old: new for new, old in enumerate(kept)}
    inner = tuple(replace(tags[i], parent=places.get(tags[i].parent, -1)) for i in kept)
    return prefix, suffix, inner

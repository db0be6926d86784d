"""Subtitles: SubRip (``.srt``) and WebVTT (``.vtt``).

SubRip has no standard; what players accept is accepted here. WebVTT is read as the W3C's
"WebVTT: The Web Video Text Tracks Format" says. Everything but the words is kept as it is.

Cues that continue one sentence become one block, so that the sentence is translated as a whole;
where one cue ended and the next began is a mark in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tolmach.document import Document, Mark, Span
from tolmach.errors import InputError
from tolmach.forms.cues import Cue, Speech, Tag, speeches
from tolmach.forms.parts import Part, document_of
from tolmach.forms.raw import raw_text
from tolmach.forms.subtitles import SubtitleForm
from tolmach.readers.options import ReadOptions

__all__ = ["SubtitleReader"]

_TIME: Final = r"(?:(\d{1,5}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMING: Final = re.compile(rf"[ \t]{{0,9}}{_TIME}[ \t]{{0,9}}-->[ \t]{{0,9}}{_TIME}(?![\d:])")
_NUMBER: Final = re.compile(r"\s*\d{1,9}\s*\Z")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NO_CUES: Final = ("WEBVTT", "NOTE", "STYLE", "REGION")
_ENDED: Final = re.compile(r"(?:[.!?…♪]|\.\.\.)[\"»”’)\]]{0,3}\Z")
_SUSPENDED: Final = re.compile(r"(?:…|\.\.\.)\Z")
_CONTINUES: Final = re.compile(r"(?:…|\.\.\.)?\s?[\"«“(]?[a-zа-яё]")
# seconds without speech that end a sentence even if no full stop does
_PAUSE: Final = 1.5
# so that captions without any punctuation are still divided
_MOST_CUES, _MOST_CHARACTERS = 8, 400


class SubtitleReader:
    """Reads subtitles; a :class:`tolmach.readers.Reader`."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:
        """Return a document with a block for each sentence or more of them.

        Args:
            data: the bytes of the file.
            name: the name of the document; a suffix ``.vtt`` says that it is WebVTT.
            path: the file.
            options: how long lines may be.

        Raises:
            InputError: there are no subtitles in it.
        """
        raw = raw_text(data, name=name, path=path)
        suffix = (path.suffix if path else Path(name).suffix).lower()
        web = suffix == ".vtt"
        if web and not raw.text.startswith("WEBVTT"):
            raise InputError(
                f"{path or name} is no WebVTT file: its first line must be WEBVTT; if it is "
                "SubRip, give it the suffix .srt"
            )
        chunks, cues = _parsed(raw.text, web=web)
        if not cues:
            raise InputError(f"{path or name}: no subtitles found (no line such as "
                             "00:00:01,000 --> 00:00:02,500)")  # fmt: skip
        blocks, parts = _blocks(cues)
        if not parts:
            raise InputError(f"{path or name}: there are no words in these subtitles")
        form = SubtitleForm(
            suffix=suffix or ".srt",
            raw=raw,
            chunks=chunks,
            cues=cues,
            blocks=blocks,
            line=options.subtitle_line,
            lines=options.subtitle_lines,
        )
        return document_of(
            parts, name=name, path=path, form=form, encoding=raw.encoding, warnings=raw.warnings()
        )


# --- the file ---------------------------------------------------------------------------------


def _parsed(text: str, *, web: bool) -> tuple[tuple[str | int, ...], tuple[Cue, ...]]:
    """Divide a file into what is kept as it is and cues, named by their index."""
    lines = [match[0] for match in _LINE.finditer(text) if match[0]]
    chunks: list[str | int] = []
    cues: list[Cue] = []
    position = 0
    for timing, first, last in _cue_lines(lines, web=web):
        chunks.append("".join(lines[position:first]))
        payload = "".join(lines[first:last])
        ending = payload[len(payload.rstrip("\r\n")) :]
        times = _times(lines[timing])
        payload = payload[: len(payload) - len(ending)]
        cues.append(Cue(*times, payload, speeches(payload, len(cues), web=web)))
        chunks += len(cues) - 1, ending
        position = last
    chunks.append("".join(lines[position:]))
    return tuple(chunk for chunk in chunks if chunk != ""), tuple(cues)


def _cue_lines(lines: Sequence[str], *, web: bool) -> Iterator[tuple[int, int, int]]:
    """Yield for each cue its timing line, the first line of its text and the one after the last."""
    timings = [i for i, line in enumerate(lines) if "-->" in line and _TIMING.match(line)]
    if web:
        timings = list(_without_comments(lines, timings))
    for place, timing in enumerate(timings):
        first = timing + 1
        last = timings[place + 1] if place + 1 < len(timings) else len(lines)
        if web:
            # in WebVTT an empty line ends a cue, whatever follows; one with a space does not
            last = next((i for i in range(first, last) if _is_empty(lines[i])), last)
        if (
            first < last < len(lines)
            and not _is_empty(lines[last])
            and _NUMBER.match(lines[last - 1])
        ):
            last -= 1
        while last > first and not lines[last - 1].strip():
            last -= 1
        yield timing, first, last


def _without_comments(lines: Sequence[str], timings: Sequence[int]) -> Iterator[int]:
    """Yield the timings that are not part of a comment, a style or the like."""
    begun = position = 0  # the block that a line is in, between empty lines
    for timing in timings:
        for index in range(position, timing):
            if _is_empty(lines[index]):
                begun = index + 1
        position = timing
        if begun in (0, timing) or not lines[begun].startswith(_NO_CUES):
            yield timing


def _is_empty(line: str) -> bool:
    return not line.strip("\r\n")


def _times(line: str) -> tuple[float, float]:
    match = _TIMING.match(line)
    parts = match.groups("0") if match else ("0",) * 8
    return _seconds(parts[:4]), _seconds(parts[4:])


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


# --- sentences --------------------------------------------------------------------------------


def _blocks(cues: Sequence[Cue]) -> tuple[tuple[tuple[Speech, ...], ...], list[Part]]:
    """Join what belongs together; the keys of tags are given here, as they count the document."""
    groups: list[list[Speech]] = []
    previous: Speech | None = None
    for cue in cues:
        for speech in cue.speeches:
            if not speech.text:
                previous = None
                continue
            if previous is not None and _is_continued(previous, speech, cues, len(groups[-1])):
                length = sum(len(part.text) for part in groups[-1])
                if length < _MOST_CHARACTERS:
                    groups[-1].append(speech)
                    previous = speech
                    continue
            groups.append([speech])
            previous = speech
    numbers = iter(range(1, sum(len(s.tags) for group in groups for s in group) + 1))
    blocks = tuple(
        tuple(
            replace(speech, tags=tuple(replace(tag, number=next(numbers)) for tag in speech.tags))
            for speech in group
        )
        for group in groups
    )
    return blocks, [_part(block) for block in blocks]


def _is_continued(before: Speech, after: Speech, cues: Sequence[Cue], size: int) -> bool:
    """Whether a sentence goes on from one cue to the next."""
    if before.cue == after.cue or after.dash or size >= _MOST_CUES:
        return False
    if before.voice != after.voice:
        return False
    if cues[after.cue].start - cues[before.cue].end > _PAUSE:
        return False
    if _SUSPENDED.search(before.text):
        return bool(_CONTINUES.match(after.text))
    return not _ENDED.search(before.text)


def _part(block: Sequence[Speech]) -> Part:
    marks: list[Mark] = []
    position = 0
    for index, speech in enumerate(block):
        if index:
            position += 1  # the space between two cues
            marks.append(Mark(f"cue-{speech.cue + 1}", Span(position, position)))
        marks += _tag_marks(speech.tags, position)
        position += len(speech.text)
    return Part(" ".join(speech.text for speech in block), marks=tuple(marks), gap="\n")


def _tag_marks(tags: Sequence[Tag], shift: int) -> Iterator[Mark]:
    keys: dict[int, str] = {}
    for index, tag in enumerate(tags):
        outer = f"{keys[tag.parent]}." if tag.parent >= 0 else ""
        keys[index] = f"{outer}tag-{tag.number}"
        yield Mark(keys[index], tag.span.shift(shift))

"""Find the names in the Russian text of one document.

First every segment is searched for whole names of the gazetteer and for spellings that look
Vietnamese; then, with what the document as a whole has shown, for short forms («премьер-министр
Тьинь» after «Фам Минь Тьинь») and for names that a single capital does not prove. The longest
match wins and mentions never overlap. The time grows linearly with the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from tolmach.document import Span
from tolmach.terms.base import Mention, Name, NameType
from tolmach.terms.gazetteer import Gazetteer, Pattern
from tolmach.terms.guessing import guesses, is_vietnamese, looks_vietnamese
from tolmach.terms.lemmas import Token, read_word, stems, tokens, word_form

__all__ = ["find"]

SHORT_CONFIDENCE = 0.9
ALONE_CONFIDENCE = 0.8
_CONTEXT = 3
_GAP = re.compile(r"[\s\u00a0]?[-–—‐‑]?[\s\u00a0]?[«\"“„]?|[’'`.]")
_OPENING, _CLOSING = '«"“„', '»"”“'

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A possible mention: tokens ``first`` to ``last`` (exclusive) of segment ``segment``."""

    segment: int
    first: int
    last: int
    name: Name
    full: Name
    confidence: float
    sure: bool
    short: bool = False
    alone: bool = True
    context: bool = False


def find(
    segments: Sequence[str], gazetteer: Gazetteer, *, transcribe: bool = True
) -> tuple[tuple[Mention, ...], ...]:
    """Find the names in the segments of one document.

    Args:
        segments: source texts, in the order of the document.
        gazetteer: the names that are known.
        transcribe: whether to guess at Vietnamese names that the gazetteer does not have.

    Returns:
        For each segment its mentions, in order, not overlapping.
    """
    words = [tokens(segment) for segment in segments]
    hits = [
        list(_hits(number, segment, words[number], gazetteer))
        for number, segment in enumerate(segments)
    ]
    vietnamese = looks_vietnamese(segments) or any(
        is_vietnamese(hit.name) for found in hits for hit in found if hit.sure and not hit.short
    )
    if transcribe:
        for number, segment in enumerate(segments):
            hits[number] += _guessed(number, segment, words[number], vietnamese)
        _add_repeated(words, hits)
    chosen = _Evidence(hits).choose(hits)
    return tuple(
        tuple(_mention(segment, words[number], hit) for hit in chosen[number])
        for number, segment in enumerate(segments)
    )


def _hits(number: int, text: str, words: Sequence[Token], gazetteer: Gazetteer) -> Iterator[_Hit]:
    """Yield what the gazetteer knows in a segment, overlapping."""
    shouting = text.isupper()
    for first, token in enumerate(words):
        following = words[first + 1] if first + 1 < len(words) else None
        patterns = list(gazetteer.starting(token, following))
        if not patterns and token.capital and not token.text.isupper():
            for lemma in read_word(token.folded).lemmas:
                patterns += gazetteer.based_on(lemma, following)
        for pattern in patterns:
            last = first + len(pattern.words)
            if not _matches(text, words, first, pattern) or not _context(words, first, pattern):
                continue
            sure = len(pattern.words) > 1 or not _doubtful(token, pattern, shouting)
            confidence = SHORT_CONFIDENCE if pattern.short else 1.0
            yield _Hit(
                number, first, last, pattern.name, pattern.full, confidence, sure,
                pattern.short, pattern.alone, bool(pattern.after),
            )  # fmt: skip


def _matches(text: str, words: Sequence[Token], first: int, pattern: Pattern) -> bool:
    """Tell whether the tokens behind the first one are the further words of a name."""
    for index, word in enumerate(pattern.words[1:], first + 1):
        if index >= len(words) or not word.matches(words[index]):
            return False
        gap = text[words[index - 1].span.end : words[index].span.start]
        if not _GAP.fullmatch(gap) or (gap == "." and len(words[index - 1].text) > 1):
            return False
    return True


def _context(words: Sequence[Token], first: int, pattern: Pattern) -> bool:
    """Tell whether one of the words stands before that the name asks for."""
    if not pattern.after:
        return True
    for token in words[max(first - _CONTEXT, 0) : first]:
        if token.folded in pattern.after or read_word(token.folded).lemmas & pattern.after:
            return True
    return False


def _doubtful(token: Token, pattern: Pattern, shouting: bool) -> bool:
    """Tell whether a single word may well be no name here."""
    if pattern.after or not token.initial:
        return False
    # «ВОЗ сообщила» is no cart; but in a line of capitals it may be one
    if pattern.words[0].acronym and not shouting:
        return False
    return read_word(token.folded).common


def _guessed(number: int, text: str, words: Sequence[Token], vietnamese: bool) -> Iterator[_Hit]:
    for guess in guesses(text, words, vietnamese=vietnamese):
        yield _Hit(
            number, guess.first, guess.last, guess.name, guess.name, guess.confidence, guess.sure
        )


def _add_repeated(words: Sequence[Sequence[Token]], hits: Sequence[list[_Hit]]) -> None:
    """Add where the document repeats a guessed name: a given name alone, a place declined."""
    index: dict[str, list[Pattern]] = {}
    seen: set[_Key] = set()
    for hit in (hit for found in hits for hit in found):
        if hit.name.known or not hit.sure or _key(hit.name) in seen:
            continue
        seen.add(_key(hit.name))
        pattern = _repeat(hit.name)
        if pattern is not None:
            index.setdefault(pattern.words[0].stem, []).append(pattern)
    if not index:
        return
    for number, segment in enumerate(words):
        for first, token in enumerate(segment):
            if not token.capital:
                continue
            for stem in stems(token.folded):
                for pattern in index.get(stem, ()):
                    if pattern.words[0].matches(token):
                        sure = not (token.initial and read_word(token.folded).common)
                        hits[number].append(
                            _Hit(number, first, first + 1, pattern.name, pattern.full, 0.5, sure,
                                 pattern.short, False)
                        )  # fmt: skip


def _repeat(name: Name) -> Pattern | None:
    """Return the pattern of a guessed name when it is said again in one word."""
    parts = name.ru.split()
    if len(parts) == 1:
        return Pattern((word_form(parts[0]),), name, name)
    if name.type is not NameType.PERSON:
        return None
    others = {
        to: tuple(dict.fromkeys((name.form(to), *map(_last, forms))))
        for to, forms in {"en": (), "vi": (), **name.alternatives}.items()
    }
    short = replace(
        name, en=_last(name.en), vi=_last(name.vi), alternatives=MappingProxyType(others)
    )
    return Pattern((word_form(parts[-1]),), short, name, short=True, alone=False)


def _last(form: str) -> str:
    return form.split()[-1]


def _key(name: Name) -> _Key:
    return name.ru, name.en, name.vi


class _Evidence:
    """What the document as a whole shows: which names it says in full, and where."""

    def __init__(self, hits: Sequence[Sequence[_Hit]]) -> None:
        self._full: dict[_Key, list[int]] = {}
        self._sure_short: set[_Key] = set()
        for hit in (hit for found in hits for hit in found if hit.sure):
            if hit.short:
                self._sure_short.add(_key(hit.full))
            else:
                self._full.setdefault(_key(hit.full), []).append(hit.segment)

    def choose(self, hits: Sequence[Sequence[_Hit]]) -> list[list[_Hit]]:
        """Return for each segment the hits that hold, the longest where several overlap."""
        return [self._longest(self._weighed(found)) for found in hits]

    def _weighed(self, hits: Sequence[_Hit]) -> Iterator[_Hit]:
        for hit in hits:
            if self._holds(hit):
                unsaid = hit.short and _key(hit.full) not in self._full
                yield replace(hit, confidence=ALONE_CONFIDENCE) if unsaid else hit

    def _holds(self, hit: _Hit) -> bool:
        full = _key(hit.full)
        if hit.short:
            said = hit.alone or full in self._full
            return said and (hit.sure or full in self._sure_short)
        return hit.sure or full in self._full

    def _longest(self, hits: Iterator[_Hit]) -> list[_Hit]:
        chosen: list[_Hit] = []
        for hit in sorted(hits, key=self._rank):
            if not chosen or hit.first >= chosen[-1].last:
                chosen.append(hit)
        return chosen

    def _rank(self, hit: _Hit) -> tuple[int, int, bool, bool, bool, int]:
        """Order hits by where they begin, the better one first where they begin together."""
        said = self._full.get(_key(hit.full), [])
        before = bisect_right(said, hit.segment)
        # of several persons with this surname it is the one that was named last
        distance = hit.segment - said[before - 1] if before else 1_000_000 - len(said)
        return hit.first, -hit.last, not hit.name.known, not hit.context, hit.short, distance


def _mention(text: str, words: Sequence[Token], hit: _Hit) -> Mention:
    start, end = words[hit.first].span.start, words[hit.last - 1].span.end
    inside = text[start:end]
    if any(mark in inside for mark in _OPENING) and text[end : end + 1] in _CLOSING:
        end += len(text[end : end + 1])
    return Mention(Span(start, end), text[start:end], hit.name, hit.confidence)

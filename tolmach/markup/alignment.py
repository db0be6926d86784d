"""Which words of a sentence are which words of its translation.

The two texts tell some of it themselves: what survives translation are numbers, Latin words and
addresses, names and words that sound alike (:mod:`tolmach.terms.phonetics`), and punctuation that
occurs equally often. Where a model has been asked (:mod:`tolmach.markup.linking`), its links fill
in the rest, unless most of them contradict what the texts say. Positions between links are
interpolated along the longest chain of links that keeps the order (patience sorting; C. Schensted,
"Longest increasing and decreasing subsequences", 1961).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from tolmach.document import Link, Span
from tolmach.terms.phonetics import similarity, sound

__all__ = ["Alignment", "align", "tokens_of"]

_TOKEN = re.compile(
    r"https?://[^\s<>«»\"]*[^\s<>«»\".,;:!?)]"
    r"|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)(?:,\d+)?(?:[ \u00a0\u202f]?%)?"
    r"|\d+(?:[.,]\d+)*[ \u00a0\u202f]?%"
    r"|[\w\u0300-\u036f]+(?:(?:[-‑'’./@]|(?<=\d)[,:](?=\d))[\w\u0300-\u036f]+)*"
)
_NUMBER = re.compile(r"\d[\d.,: \u00a0\u202f]*%?")
_NO_DIGIT = re.compile(r"\D+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_ENDING = re.compile(r"[аеёиоуыэюяьй]{1,3}$|(?:ов|ев|ом|ем|ах|ях|ам|ям|ами|ого|его|ому)$")
# a mark, and its class: what is counted and paired
_PUNCTUATION = re.compile(r"[:;()?!«»“”„\"—–,]")
_CLASSES = {"“": "«", "„": "«", "”": "»", "–": "—"}
# more pairs of words are not compared by sound, as that would take long
_MOST_PAIRS = 60_000
_NAME, _COGNATE = 0.72, 0.82
_SHORTEST_NAME, _SHORTEST_COGNATE = 3, 6
_CONTENT_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is known about a sentence and its translation.

    Attributes:
        source_tokens: the words and numbers of the source.
        target_tokens: those of the target.
        words: links of words, by the index of the source's token.
        starts: links of punctuation by where the mark begins in the source.
        ends: the same by where it ends.
        owners: for each token of the target the indexes of the source's tokens it stands for; empty
            if no model was asked.
        path: links in an order that is that of both texts.
        lengths: of both texts, in characters.
    """

    source_tokens: tuple[Span, ...]
    target_tokens: tuple[Span, ...]
    words: dict[int, Link]
    starts: dict[int, Link]
    ends: dict[int, Link]
    owners: tuple[frozenset[int], ...]
    path: tuple[Link, ...]
    lengths: tuple[int, int]

    def between(self, position: int) -> float:
        """Return where a position of the source is in the target, by interpolation."""
        place = bisect_right(self.path, position, key=lambda link: link.source.start)
        left, goal_left = 0, 0
        right, goal_right = self.lengths
        if place:
            link = self.path[place - 1]
            if position < link.source.end:
                left, goal_left = link.source.start, link.target.start
                right, goal_right = link.source.end, link.target.end
                return _proportion(position, left, right, goal_left, goal_right)
            left, goal_left = link.source.end, link.target.end
        if place < len(self.path):
            right, goal_right = self.path[place].source.start, self.path[place].target.start
        return _proportion(position, left, right, goal_left, goal_right)

    def spread(self, span: Span) -> int:
        """Return how many words of the target lie between the links around a range."""
        first = bisect_right(self.path, span.start, key=lambda link: link.source.end) - 1
        last = bisect_left(self.path, span.end, key=lambda link: link.source.start)
        start = self.path[first].target.end if first >= 0 else 0
        end = self.path[last].target.start if last < len(self.path) else self.lengths[1]
        return self.count(Span(start, max(start, end)))

    def count(self, span: Span) -> int:
        """Return how many words of the target begin in a range."""
        first = bisect_left(self.target_tokens, span.start, key=lambda token: token.start)
        return bisect_left(self.target_tokens, span.end, key=lambda token: token.start) - first

    def inside(self, span: Span) -> range:
        """Return the indexes of the source's tokens that a range touches."""
        first = bisect_right(self.source_tokens, span.start, key=lambda token: token.end)
        last = bisect_left(self.source_tokens, span.end, key=lambda token: token.start)
        return range(first, max(first, last))

    def is_content(self, source: str, index: int) -> bool:
        """Tell whether a token of the source says something by itself: no preposition."""
        token = self.source_tokens[index]
        text = token.of(source)
        return len(text) >= _CONTENT_LETTERS or text[0].isdigit() or text[0].isupper()


def _proportion(position: int, left: int, right: int, goal_left: int, goal_right: int) -> float:
    if right <= left:
        return float(goal_left)
    return goal_left + (position - left) / (right - left) * (goal_right - goal_left)


def tokens_of(text: str) -> tuple[Span, ...]:
    """Return the words and numbers of a text."""
    return tuple(Span(*match.span()) for match in _TOKEN.finditer(text))


@lru_cache(maxsize=256)
def align(source: str, target: str, links: tuple[Link, ...] = ()) -> Alignment:
    """Link the words of a sentence with those of its translation.

    Args:
        source: the Russian text.
        target: its translation.
        links: what a model says.
    """
    ours, theirs = tokens_of(source), tokens_of(target)
    pairs = {one: (other, other) for one, other in _same(source, ours, target, theirs)}
    if len(ours) * len(theirs) <= _MOST_PAIRS:
        _Sounds(source, ours, target, theirs).add_to(pairs)
    words = {
        index: Link(ours[index], Span(theirs[first].start, theirs[last].end))
        for index, (first, last) in pairs.items()
    }
    marks = tuple(_punctuation(source, target))
    told = _Told(ours, theirs, pairs).pairs(links)
    further = [Link(ours[one], theirs[other]) for one, other in told]
    return Alignment(
        ours,
        theirs,
        words,
        {link.source.start: link for link in marks},
        {link.source.end: link for link in marks},
        _owners(len(theirs), pairs, told) if told else (),
        _chain([*words.values(), *marks, *further]),
        (len(source), len(target)),
    )


class _Told:
    """What a model says, where the texts do not say it themselves."""

    def __init__(
        self,
        ours: Sequence[Span],
        theirs: Sequence[Span],
        known: Mapping[int, tuple[int, int]],
    ) -> None:
        self._ours, self._theirs = ours, theirs
        self._known = known

    def pairs(self, links: Sequence[Link]) -> list[tuple[int, int]]:
        """Return pairs of tokens that contradict nothing; none if too many of them did."""
        pairs = [
            (here, there)
            for link in links
            for here in [_token(link.source, self._ours)]
            for there in [_token(link.target, self._theirs)]
            if here >= 0 and there >= 0
        ]
        if self._contradict(pairs):
            return []
        taken = {there for first, last in self._known.values() for there in range(first, last + 1)}
        return [
            (here, there)
            for here, there in dict.fromkeys(pairs)
            if here not in self._known and there not in taken
        ]

    def _contradict(self, pairs: Sequence[tuple[int, int]]) -> bool:
        right: dict[int, bool] = {}
        for here, there in pairs:
            if here in self._known:
                first, last = self._known[here]
                right[here] = right.get(here, False) or first <= there <= last
        return len(right) > 1 and sum(right.values()) * 2 < len(right)


def _token(span: Span, tokens: Sequence[Span]) -> int:
    """Return the index of the token that a range begins in or before, -1 if it touches none."""
    index = bisect_right(tokens, span.start, key=lambda token: token.end)
    return index if index < len(tokens) and tokens[index].start < span.end else -1


def _owners(
    count: int, known: Mapping[int, tuple[int, int]], told: Sequence[tuple[int, int]]
) -> tuple[frozenset[int], ...]:
    owners: list[set[int]] = [set() for _ in range(count)]
    for here, (first, last) in known.items():
        for there in range(first, last + 1):
            owners[there].add(here)
    for here, there in told:
        owners[there].add(here)
    return tuple(map(frozenset, owners))


def _same(
    source: str, ours: Sequence[Span], target: str, theirs: Sequence[Span]
) -> Iterator[tuple[int, int]]:
    """Yield pairs of tokens that are the same; of several equal ones the first with the first."""
    places: dict[str, list[int]] = defaultdict(list)
    for index in range(len(theirs) - 1, -1, -1):
        places[_key(theirs[index].of(target))].append(index)
    for index, span in enumerate(ours):
        found = places.get(_key(span.of(source)))
        if found:
            yield index, found.pop()


def _key(token: str) -> str:
    number = _NUMBER.match(token)
    if number and len(token) - number.end() <= 3:  # "5-й" is "5th"
        return _NO_DIGIT.sub("", number[0])
    return token.casefold()


class _Sounds:
    """Words that sound alike."""

    def __init__(
        self, source: str, ours: Sequence[Span], target: str, theirs: Sequence[Span]
    ) -> None:
        self._ours, self._theirs = ours, theirs
        self._words = [span.of(source) for span in ours]
        self._candidates = [span.of(target) for span in theirs]
        self._source, self._target = source, target

    def add_to(self, pairs: dict[int, tuple[int, int]]) -> None:
        """Add pairs, the most similar first, each word once: index, first and last index."""
        used = {first for first, _ in pairs.values()}
        for _, _, index, first, last in sorted(self._scored(pairs, used)):
            if index not in pairs and first not in used and last not in used:
                pairs[index] = (first, last)
                used |= {first, last}
        for step in (1, -1):
            self._extend(pairs, used, step)

    def _scored(
        self, pairs: Mapping[int, tuple[int, int]], used: AbstractSet[int]
    ) -> Iterator[tuple[float, float, int, int, int]]:
        runs = [
            (first, last, text)
            for first, last, text in self._runs()
            if first not in used and last not in used
        ]
        for index, word in enumerate(self._words):
            name = word[0].isupper()
            shortest = _SHORTEST_NAME if name else _SHORTEST_COGNATE
            if index in pairs or not _CYRILLIC.match(word) or len(word) < shortest:
                continue
            sounds = {sound(word), sound(_ENDING.sub("", word))}
            here = self._ours[index].start / len(self._source)
            for first, last, text in runs:
                if name != text[0].isupper() and (name or last > first):
                    continue
                score = similarity(text, sounds)
                if score >= (_NAME if name else _COGNATE):
                    there = self._theirs[first].start / len(self._target)
                    yield -score, abs(here - there), index, first, last

    def _runs(self) -> Iterator[tuple[int, int, str]]:
        """Yield words of the target, and pairs of capitalised ones: Viet Nam is one in Russian."""
        for index, text in enumerate(self._candidates):
            if not text[0].isalpha():
                continue
            yield index, index, text
            if self._is_capital(index) and self._is_capital(index + 1):
                gap = self._theirs[index + 1].start - self._theirs[index].end
                if gap == 1:
                    yield index, index + 1, text + self._candidates[index + 1]

    def _is_capital(self, index: int) -> bool:
        return index < len(self._candidates) and self._candidates[index][0].isupper()

    def _extend(self, pairs: dict[int, tuple[int, int]], used: set[int], step: int) -> None:
        """Let a name go on: what stands beside a part of it is the next part in both texts."""
        for index in sorted(pairs, reverse=step < 0):
            here, there = index, pairs[index][1 if step > 0 else 0]
            while True:
                here, there = here + step, there + step
                if here in pairs or there in used or not 0 <= there < len(self._theirs):
                    break
                if not 0 <= here < len(self._words) or not self._words[here][0].isupper():
                    break
                if not self._is_capital(there) or not self._touch(here, there, step):
                    break
                pairs[here] = (there, there)
                used.add(there)

    def _touch(self, here: int, there: int, step: int) -> bool:
        """Whether only a space or a hyphen is between these words and the ones before them."""
        spans = ((self._source, self._ours, here), (self._target, self._theirs, there))
        for text, tokens, index in spans:
            one, other = sorted((index, index - step))
            if text[tokens[one].end : tokens[other].start] not in (" ", "\u00a0", "-"):
                return False
        return True


def _punctuation(source: str, target: str) -> Iterator[Link]:
    """Yield links of marks that both texts have equally often."""
    ours, theirs = _marks_by_class(source), _marks_by_class(target)
    for kind, places in ours.items():
        if len(places) == len(theirs.get(kind, ())):
            for one, other in zip(places, theirs[kind], strict=True):
                yield Link(Span(one, one + 1), Span(other, other + 1))


def _marks_by_class(text: str) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for match in _PUNCTUATION.finditer(text):
        at, char = match.start(), match[0]
        if char == '"':
            char = "«" if not at or text[at - 1].isspace() or text[at - 1] in "(—–-" else "»"
        if char == "," and text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit():
            continue  # part of a number
        places[_CLASSES.get(char, char)].append(at)
    return places


def _chain(links: Sequence[Link]) -> tuple[Link, ...]:
    """Return the most links that stand in the same order in both texts."""
    listed = sorted(links, key=lambda link: (link.source, link.target))
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, link in enumerate(listed):
        place = bisect_left(ends, link.target.start)
        before.append(tails[place - 1] if place else -1)
        if place == len(ends):
            ends.append(link.target.start)
            tails.append(index)
        else:
            ends[place] = link.target.start
            tails[place] = index
    chain = []
    at = tails[-1] if tails else -1
    while at >= 0:
        chain.append(listed[at])
        at = before[at]
    return tuple(reversed(chain))

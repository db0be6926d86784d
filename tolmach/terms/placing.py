"""Puts names right in a translated sentence, without touching anything else.

For each name of the source, the target has its right form (nothing to do), or what the model made
of it, or nothing that could be it. The second is found by how it sounds
(:mod:`tolmach.terms.matching`) and replaced, word for word; the third is reported and nothing is
inserted, since nobody knows where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from tolmach.document import EditorWarning, Severity, Span
from tolmach.languages import is_vietnamese
from tolmach.terms.base import Mention, NameType
from tolmach.terms.edits import Edit, edited, moved
from tolmach.terms.matching import (
    Wanted,
    Word,
    is_demonym,
    is_possible,
    keys_of,
    last_word,
    likeness,
    wanted,
    words_of,
)
from tolmach.terms.phonetics import fold, spelling_key
from tolmach.terms.syllables import inventory

__all__ = ["LONGEST", "Outcome", "Placed", "Placement", "place"]

_DOLLARS = re.compile(r"доллар\w{0,4}\s$", re.IGNORECASE)
# no sentence is longer; what is, is not searched, as that would take long
LONGEST = 20_000
# a name that is there once need not be there for each mention; a second rendering must be clear
_CLEAR = 0.85
# one word of several alone
_CLEAR_WORD = 0.9


class Outcome(StrEnum):
    """What became of a mention in the target."""

    RIGHT = "right"
    SHORT = "short"
    REPLACED = "replaced"
    OMITTED = "omitted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Placement:
    """A mention and what became of it.

    Attributes:
        mention: where the name stands in the source.
        outcome: ``right`` as it was, ``short`` (only its last word, or an adjective made of it),
            ``replaced``, ``omitted`` (it is there for another mention, or is part of a currency),
            or ``missing``.
        span: where it stands in the new text; None if it is omitted or missing.
        written: what the model had written there; empty if it is omitted or missing.
    """

    mention: Mention
    outcome: Outcome
    span: Span | None = None
    written: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A target text with its names put right.

    Attributes:
        text: the new text.
        warnings: spans in ``source`` lie in the segment's source, those in ``target`` in the new
            text.
        placed: one for each mention, in their order.
        edits: what was changed, as places in the old text, in order.
    """

    text: str
    warnings: tuple[EditorWarning, ...]
    placed: tuple[Placement, ...]
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A run of words ``[first, last)`` that is a mention, and what becomes of it."""

    first: int
    last: int
    outcome: Outcome
    text: str = ""


def place(
    source: str, target: str, mentions: Sequence[Mention], *, to: str, settled: bool = False
) -> Placed:
    """Put the names of a sentence right in its translation.

    Args:
        source: the Russian text of the segment.
        target: its translation.
        mentions: the names in ``source``, not overlapping.
        to: target language code.
        settled: whether guessed names have been decided on, so that a rendering which is another
            possible form of the name is replaced too; else it is left.

    Returns:
        The text; what differs from ``target`` are the words that were a wrong form of a name.
        A second call with the result changes nothing.
    """
    if not mentions or len(target) > LONGEST:
        return Placed(target, (), ())
    search = _Search(source, target, mentions, to=to, settled=settled)
    found = search.run()
    edits = sorted(
        (
            Edit(search.span(item), item.text)
            for item in found.values()
            if item.outcome is Outcome.REPLACED
        ),
        key=lambda edit: edit.span,
    )
    placed = []
    for index, mention in enumerate(mentions):
        item = found.get(index)
        if item is None:
            spared = search.elsewhere(index, found) or _is_money(source, mention)
            outcome = Outcome.OMITTED if spared else Outcome.MISSING
            placed.append(Placement(mention, outcome))
            continue
        span = search.span(item)
        placed.append(Placement(mention, item.outcome, moved(span, edits), span.of(target)))
    warnings = _warnings(placed, search.names, to=to)
    return Placed(edited(target, edits), warnings, tuple(placed), tuple(edits))


class _Search:
    """Finds a run of words for each mention; none of them for two."""

    def __init__(
        self, source: str, target: str, mentions: Sequence[Mention], *, to: str, settled: bool
    ) -> None:
        self._to = to
        self._settled = settled
        self._mentions = mentions
        self.names = [wanted(mention, to=to, settled=settled) for mention in mentions]
        self._words = words_of(target)
        marks = to == "vi"
        self._keys = [spelling_key(word.text, marks=marks) for word in self._words]
        self._places: dict[str, list[int]] = {}
        for place, key in enumerate(self._keys):
            self._places.setdefault(key, []).append(place)
        self._free = [True] * len(self._words)
        self._found: dict[int, _Found] = {}
        self._reserved = self._last_words()
        self._lengths = (max(len(source), 1), max(len(target), 1))

    def run(self) -> dict[int, _Found]:
        """Return what was found, by index of the mention."""
        # long forms first: Hà Nội is not the person Hà
        order = sorted(
            range(len(self.names)),
            key=lambda index: (-max(map(len, self.names[index].accepted), default=0), index),
        )
        for index in order:
            self._take_right(index)
        self._take_alike(self._candidates())
        for index in range(len(self.names)):
            if index not in self._found:
                self._take_short(index)
        return self._found

    def span(self, item: _Found) -> Span:
        """Return where a run of words stands in the old text."""
        return Span(self._words[item.first].span.start, self._words[item.last - 1].span.end)

    def elsewhere(self, index: int, found: Iterable[int]) -> bool:
        """Tell whether the name of a mention was found for another one."""
        name = self._mentions[index].name.ru
        return any(other != index and self._mentions[other].name.ru == name for other in found)

    def _take(self, index: int, item: _Found) -> None:
        self._found[index] = item
        for place in range(item.first, item.last):
            self._free[place] = False

    def _take_right(self, index: int) -> None:
        runs = [
            (first, first + len(key))
            for key in self.names[index].accepted
            for first in self._places.get(key[0], ())
            if tuple(self._keys[first : first + len(key)]) == key
            and all(self._free[first : first + len(key)])
            and self._is_name(first, first + len(key), index)
        ]
        if runs:
            first, last = min(runs, key=lambda run: (run[0] - run[1], self._distance(index, run)))
            self._take(index, _Found(first, last, Outcome.RIGHT))

    def _is_name(self, first: int, last: int, index: int) -> bool:
        # a name in small letters is a word (làm, sơn), unless its form is written so
        if last - first > 1 or self._words[first].capital:
            return True
        return self.names[index].form[:1].islower() or self._words[first].text[:1].isdigit()

    def _last_words(self) -> dict[str, set[int]]:
        """Return which mentions may be there as one word, by that word."""
        found: dict[str, set[int]] = {}
        for index, mention in enumerate(self._mentions):
            short = last_word(mention, to=self._to)
            if short is not None and short.accepted:
                found.setdefault(short.accepted[0][0], set()).add(index)
        return found

    def _distance(self, index: int, run: tuple[int, int]) -> float:
        there = self._words[run[0]].span.start / self._lengths[1]
        return abs(self._mentions[index].span.start / self._lengths[0] - there)

    def _candidates(self) -> list[tuple[float, float, int, tuple[int, int], str]]:
        """Return runs that may be renderings: likeness, distance, mention, run, what to write."""
        candidates = []
        for index, name in enumerate(self.names):
            if index in self._found:
                continue
            least = _CLEAR if self.elsewhere(index, self._found) else 0.0
            for run in self._runs(name):
                score = likeness(self._words[run[0] : run[1]], name, to=self._to)
                if score <= least or self._is_reserved(run, index):
                    continue
                if not self._stands_alone_wrongly(run, name):
                    distance = self._distance(index, run)
                    candidates.append((-score, distance, index, run, name.form))
        return sorted(candidates)

    def _is_reserved(self, run: tuple[int, int], index: int) -> bool:
        """Tell whether a run has a word by which another mention may be called."""
        taken = (self._reserved.get(key) for key in self._keys[run[0] : run[1]])
        return any(others is not None and index not in others for others in taken)

    def _runs(self, name: Wanted) -> Iterable[tuple[int, int]]:
        most = max(name.words, len(name.form.split())) + 1
        for first in range(len(self._words)):
            for last in range(first + 1, min(first + most, len(self._words)) + 1):
                word = self._words[last - 1]
                if not self._free[last - 1] or (last - first > 1 and not word.joined):
                    break
                if self._words[first].capital:
                    yield first, last

    def _stands_alone_wrongly(self, run: tuple[int, int], name: Wanted) -> bool:
        """Tell whether a single syllable is part of something longer, such as Nam of Việt Nam."""
        first, last = run
        if self._to != "vi" or last - first > 1 or name.words > 1:
            return False
        before = first > 0 and self._words[first].joined and self._words[first - 1].capital
        after = last < len(self._words) and self._words[last].joined and self._words[last].capital
        return before or after

    def _is_part_of_a_name(self, place: int) -> bool:
        """Tell whether a word stands beside a Vietnamese syllable, as Tin in Thuong Tin does."""
        neighbours = []
        if place > 0 and self._words[place].joined:
            neighbours.append(self._words[place - 1])
        if place + 1 < len(self._words) and self._words[place + 1].joined:
            neighbours.append(self._words[place + 1])
        return any(word.capital and fold(word.text) in _plain_syllables() for word in neighbours)

    def _take_alike(
        self, candidates: Iterable[tuple[float, float, int, tuple[int, int], str]]
    ) -> None:
        for _, _, index, (first, last), form in candidates:
            if index in self._found or not all(self._free[first:last]):
                continue
            if self._is_possible(index, first, last):
                self._take(index, _Found(first, last, Outcome.RIGHT))
                continue
            if self.names[index].kind is not NameType.PERSON:
                first, last = self._with_doubles(first, last, form)
            self._take(index, _Found(first, last, Outcome.REPLACED, form))

    def _is_possible(self, index: int, first: int, last: int) -> bool:
        name = self.names[index]
        if self._settled or not name.guess or name.kind is not NameType.PERSON:
            return False
        text = " ".join(word.text for word in self._words[first:last])
        return is_possible(text, name.guess, name.form, to=self._to)

    def _with_doubles(self, first: int, last: int, form: str) -> tuple[int, int]:
        """Take in neighbours that the form brings along: Hoshimin City, thành phố Khoshimin."""
        own = [fold(word.text) for word in words_of(form)]
        for count in range(len(own) - 1, 0, -1):
            ends = (own[:count], own[-count:])
            if self._plain(first - count, first) in ends and self._open(first - count, first, 1):
                return first - count, last
            if self._plain(last, last + count) in ends and self._open(last, last + count, 0):
                return first, last + count
        return first, last

    def _plain(self, first: int, last: int) -> list[str]:
        return [fold(word.text) for word in self._words[first:last]] if first >= 0 else []

    def _open(self, first: int, last: int, offset: int) -> bool:
        neighbours = self._words[first + offset : last + offset]
        return all(self._free[first:last]) and all(word.joined for word in neighbours)

    def _take_short(self, index: int) -> None:
        """Accept what stands for a name without being it: a person's last word, an adjective."""
        name = self.names[index]
        short = last_word(self._mentions[index], to=self._to)
        parts = set(short.accepted[0]) if short and short.accepted else set()
        if short and not is_vietnamese(self._mentions[index].name.vi):
            parts.add(keys_of(name.form, to=self._to)[0])  # Xi, Lee, Ishiba
        form = fold(name.form)
        for place, word in enumerate(self._words):
            if not self._free[place] or not word.capital:
                continue
            people = name.kind is NameType.PLACE and is_demonym(fold(word.text), form)
            if people or self._keys[place] in parts:
                self._take(index, _Found(place, place + 1, Outcome.SHORT))
                return
        if short:
            self._take_short_alike(index, short)

    def _take_short_alike(self, index: int, short: Wanted) -> None:
        for place, word in enumerate(self._words):
            run = (place, place + 1)
            if (
                self._free[place]
                and word.capital
                and self._is_short(word, short)
                and not self._stands_alone_wrongly(run, short)
                and not self._is_part_of_a_name(place)
            ):
                self._take(index, _Found(*run, Outcome.REPLACED, short.form))
                return

    def _is_short(self, word: Word, short: Wanted) -> bool:
        toned = self._to == "vi" and is_vietnamese(word.text)
        if toned and fold(word.text) not in short.equal:
            return False
        return likeness([word], short, to=self._to) >= _CLEAR_WORD


@cache
def _plain_syllables() -> frozenset[str]:
    return frozenset(map(fold, inventory()))


def _is_money(source: str, mention: Mention) -> bool:
    # «долларов США» is USD
    return bool(_DOLLARS.search(source[max(0, mention.span.start - 12) : mention.span.start]))


def _warnings(
    placed: Iterable[Placement], names: Sequence[Wanted], *, to: str
) -> tuple[EditorWarning, ...]:
    found: list[EditorWarning] = []
    missed: set[str] = set()
    for item, name in zip(placed, names, strict=True):
        mention = item.mention
        if item.outcome is Outcome.MISSING and mention.name.ru not in missed:
            missed.add(mention.name.ru)
            found.append(_missing(mention, name))
        elif item.outcome is Outcome.REPLACED and not mention.name.known:
            found.append(_guess(item, to=to))
    return tuple(found)


def _missing(mention: Mention, name: Wanted) -> EditorWarning:
    # places and institutions are paraphrased ("the country"), persons hardly ever
    doubtful = mention.name.known and name.kind is NameType.PERSON
    return EditorWarning(
        "name_missing",
        f"the name {mention.text} ({name.form}) is not found in the translation",
        Severity.WARNING if doubtful else Severity.INFO,
        mention.span,
    )


def _guess(item: Placement, *, to: str) -> EditorWarning:
    name = item.mention.name
    others = [form for form in name.alternatives.get(to, ()) if form != name.form(to)]
    also = f"; also possible: {', '.join(others)}" if others else ""
    return EditorWarning(
        "name_guess",
        f"{item.mention.text} is written {name.form(to)} by its spelling{also}",
        Severity.WARNING,
        item.mention.span,
        item.span,
    )

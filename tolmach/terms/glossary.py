"""Terms that must be rendered in a certain way: found in the source, looked for in the target.

A term is found by the base forms of its words, in any case and number. Its rendering may be
inflected in English and must have its exact marks in Vietnamese. Nothing is put into a target
unless a rendering that the glossary lists as wrong stands there for certain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from tolmach.document import EditorWarning, Severity, Span
from tolmach.errors import ConfigError, Problem
from tolmach.terms.glossary_files import Term, read_terms
from tolmach.terms.lemmas import Token, fold, read_word, tokens
from tolmach.terms.phonetics import spelling_key

__all__ = ["Glossary", "Match", "Term", "load_glossary"]

_TARGET_WORD = re.compile(r"[^\W_]+(?:[.’'][^\W_]+)*")
# what may stand between the words of a term: spaces, a hyphen, a quotation mark
_GAP = re.compile(r"[\s\u00a0]*[-–—«»“”\"]?[\s\u00a0]*")
_SPELLINGS = (
    ("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"), ("our", "or"),
    ("programme", "program"), ("defence", "defense"), ("centre", "center"), ("labour", "labor"),
    ("fulfil", "fulfill"),
)  # fmt: skip
_INFLECTED = re.compile(r"(?:['’]s?|s['’]|ies|es|s|ied|ed|ing)$")
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A term where it stands in a source text."""

    term: Term
    span: Span


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a target text; ``key`` is what it is compared by."""

    span: Span
    key: str


@dataclass(frozen=True)
class Glossary:
    """Terms for both target languages.

    Attributes:
        terms: of two for the same source and language, the first counts.
    """

    terms: tuple[Term, ...] = ()
    _index: dict[str, dict[str, list[tuple[tuple[str, ...], Term]]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def fingerprint(self) -> str:
        """Return a short hash of all terms, for signatures."""
        content = [(t.source, t.language, t.targets, t.avoid, t.case_sensitive, t.keep)
                   for t in self.terms]  # fmt: skip
        return hashlib.sha256(repr(content).encode()).hexdigest()[:10]

    def find(self, source: str, *, to: str) -> tuple[Match, ...]:
        """Return the terms of a source text, the longest where several begin or overlap.

        Args:
            source: Russian text.
            to: target language code.
        """
        index = self._for(to)
        if not index:
            return ()
        words = tokens(source)
        readings = [_lemmas(word.text) for word in words]
        found: list[Match] = []
        place = 0
        while place < len(words):
            match = _longest(source, words, readings, place, index)
            if match is None:
                place += 1
                continue
            term, size = match
            last = words[place + size - 1]
            found.append(Match(term, Span(words[place].span.start, last.span.end)))
            place += size
        return tuple(found)

    def apply(self, source: str, target: str, *, to: str) -> tuple[str, tuple[EditorWarning, ...]]:
        """Put the terms of one sentence right in its translation.

        Args:
            source: the Russian text of a segment.
            target: its translation.
            to: target language code.

        Returns:
            The translation, with renderings that the glossary calls wrong replaced where there is
            no doubt which words they are; and a warning for each term whose rendering is not
            there then. Spans of warnings are in ``source``.
        """
        warnings: list[EditorWarning] = []
        matches = _first_of_each(self.find(source, to=to))
        for match in matches:
            term = match.term
            if _present(term, match.span.of(source), target, to):
                continue
            edit = _replacement(match, source, target, to)
            if edit is None:
                warnings.append(_missing(match, source))
                continue
            span, text = edit
            target = target[: span.start] + text + target[span.end :]
        return target, tuple(warnings)

    def check(self, source: str, target: str, *, to: str) -> tuple[EditorWarning, ...]:
        """Return a warning for each term whose rendering is not in the translation.

        Args:
            source: the Russian text of a segment.
            target: its translation.
            to: target language code.
        """
        matches = _first_of_each(self.find(source, to=to))
        return tuple(
            _missing(match, source)
            for match in matches
            if not _present(match.term, match.span.of(source), target, to)
        )

    def _for(self, to: str) -> dict[str, list[tuple[tuple[str, ...], Term]]]:
        """Return the terms of a language by the base forms of their first words."""
        if to not in self._index:
            # made when it is first needed, since it needs the dictionary
            index: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
            for term in self.terms:
                if term.language != to:
                    continue
                words = tuple(token.text for token in tokens(term.source))
                for lemma in _lemmas(words[0]) if words else ():
                    index.setdefault(lemma, []).append((words, term))
            for entries in index.values():
                entries.sort(key=lambda entry: -len(entry[0]))
            self._index[to] = index
        return self._index[to]


def load_glossary(*paths: Path) -> Glossary:
    """Load glossaries.

    Args:
        paths: CSV or TBX files; where two have the same term, the first file counts.

    Raises:
        ConfigError: with every problem of every file, each with its line.
    """
    problems: list[Problem] = []
    terms: dict[tuple[str, str], Term] = {}
    for path in paths:
        for term in read_terms(path, problems):
            if not tokens(term.source):
                problems.append(Problem("the source has no word in it", term.file, term.line))
                continue
            key = (fold(term.source) if not term.case_sensitive else term.source, term.language)
            known = terms.setdefault(key, term)
            if known is not term and known.file == term.file:
                message = (
                    f"{term.source!r} has a rendering in {term.language} already, "
                    f"in line {known.line}; put several into one cell, with | between"
                )
                problems.append(Problem(message, term.file, term.line))
    if problems:
        raise ConfigError(problems)
    return Glossary(tuple(terms.values()))


# --- the source --------------------------------------------------------------------------------


@lru_cache(maxsize=32768)
def _lemmas(word: str) -> frozenset[str]:
    return read_word(word).lemmas | {fold(word)}


def _longest(
    source: str,
    words: Sequence[Token],
    readings: Sequence[frozenset[str]],
    place: int,
    index: dict[str, list[tuple[tuple[str, ...], Term]]],
) -> tuple[Term, int] | None:
    best: tuple[Term, int] | None = None
    for lemma in readings[place]:
        for wanted, term in index.get(lemma, ()):
            size = len(wanted)
            if best is not None and size <= best[1]:
                break
            here = words[place : place + size]
            if len(here) == size and all(
                _same_word(term, form, word, reading)
                for form, word, reading in zip(wanted, here, readings[place:], strict=False)
            ) and _together(source, here, comma="," in term.source):  # fmt: skip
                best = (term, size)
                break
    return best


def _same_word(term: Term, wanted: str, word: Token, reading: frozenset[str]) -> bool:
    if term.keep or (term.case_sensitive and wanted.isupper()):
        return word.text == wanted
    if term.case_sensitive and wanted[0].isupper() != word.capital:
        return False
    return not reading.isdisjoint(_lemmas(wanted))


def _together(source: str, words: Sequence[Token], *, comma: bool) -> bool:
    gaps = (source[one.span.end : other.span.start] for one, other in pairwise(words))
    return all(_GAP.fullmatch(gap.replace(",", "", 1) if comma else gap) for gap in gaps)


def _first_of_each(matches: Iterable[Match]) -> tuple[Match, ...]:
    found: dict[Term, Match] = {}
    for match in matches:
        found.setdefault(match.term, match)
    return tuple(found.values())


# --- the target --------------------------------------------------------------------------------


def _present(term: Term, written: str, target: str, to: str) -> bool:
    if term.keep:
        return written in target
    words = _words(target, to)
    return any(_runs(words, form, to) for form in term.targets)


@lru_cache(maxsize=64)
def _words(text: str, to: str) -> tuple[_Word, ...]:
    return tuple(
        _Word(Span(*match.span()), _key(match.group(), to)) for match in _TARGET_WORD.finditer(text)
    )


@lru_cache(maxsize=32768)
def _key(word: str, to: str) -> str:
    """Return what two forms of a word share: in English the stem, in Vietnamese all marks."""
    if to == "vi":
        return spelling_key(word, marks=True)
    word = word.lower().replace("’", "'")
    stem = _INFLECTED.sub("", word)
    word = stem if len(stem) >= _SHORTEST_STEM else word
    for one, other in _SPELLINGS:
        word = word.replace(one, other)
    return word.rstrip("ey") if len(word) > _SHORTEST_STEM + 1 else word


def _runs(words: Sequence[_Word], form: str, to: str) -> list[Span]:
    """Return where a form stands among words."""
    wanted = [word.key for word in _words(form, to)]
    if not wanted:
        return []
    keys = [word.key for word in words]
    return [
        Span(words[start].span.start, words[start + len(wanted) - 1].span.end)
        for start in range(len(words) - len(wanted) + 1)
        if keys[start] == wanted[0] and keys[start : start + len(wanted)] == wanted
    ]


def _replacement(match: Match, source: str, target: str, to: str) -> tuple[Span, str] | None:
    """Return what to replace by what, None if it is not certain."""
    term = match.term
    written = match.span.of(source)
    forms = (written, *term.avoid) if term.keep else term.avoid
    words = _words(target, to)
    places = {span for form in forms for span in _runs(words, form, to)}
    # of overlapping ones, only the longest says what was meant
    places = {
        span
        for span in places
        if not any(o != span and o.start <= span.start and span.end <= o.end for o in places)
    }
    if len(places) != 1:
        return None
    (span,) = places
    wanted = written if term.keep else _fitted(term.targets[0], span.of(target), term.avoid, to)
    return span, wanted


def _fitted(form: str, written: str, avoid: Iterable[str], to: str) -> str:
    """Give a rendering the capital and the plural of the words that it replaces."""
    if to == "en":
        singular = any(written.lower() == other.lower() + "s" for other in avoid)
        if singular and not form.endswith("s"):
            form = form[:-1] + "ies" if re.search(r"[^aeiou]y$", form) else form + "s"
    if written[:1].isupper() and form[:1].islower():
        form = form[0].upper() + form[1:]
    return form


def _missing(match: Match, source: str) -> EditorWarning:
    term, written = match.term, match.span.of(source)
    if term.keep:
        message, code = f"{written} must stay as it is", "keep_missing"
    else:
        forms = " or ".join(term.targets[:3])
        message, code = f"the glossary wants {forms} for {written}", "term_missing"
    return EditorWarning(code, message, Severity.WARNING, match.span)

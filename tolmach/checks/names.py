"""Checks of names: what sounds like nothing in the other text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tolmach import resources
from tolmach.checks.base import Pair, warning
from tolmach.document import EditorWarning, Span
from tolmach.facts import unsupported_names
from tolmach.terms.base import Mention, NameType
from tolmach.terms.finding import find
from tolmach.terms.gazetteer import Gazetteer, load_gazetteer
from tolmach.terms.lemmas import Token, read_word, tokens
from tolmach.terms.phonetics import Sound, similarity, sound
from tolmach.terms.placing import Outcome, place

__all__ = ["known_names", "latin_lost", "names", "names_lost", "personal_names"]

_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITALS = re.compile(r"[A-ZÀ-ÞĂĐĨŨƠƯẠ-Ỹ]")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
# one Vietnamese syllable as Russian spells it, perhaps with a case ending: То, Лама, Кыонгом
_SYLLABLE = re.compile(
    r"(?:нгх?|тьх?|тх|кх|нь|чж|дж|цз|[бвгдзйклмнпрстфхчш]{0,2})[аеёиоуыэюяй]{1,4}(?:нь|нг|ть|[кмнпт])?"
    r"(?:ом|ем|[аеуыюяи])?",
    re.IGNORECASE,
)
# how alike a name and its translation sound at least: some word of it, or all of it if it is
# Vietnamese, where thousands of people share each single word
_WORD_HEARD, _WHOLE_HEARD = 0.66, 0.64
# half of a name sounds like the whole of it to that extent
_WHOLE_CLEAR = 0.8
_SHORTEST_RUN, _SHORTEST_WORD = 5, 7
_LONGEST_WORD = 40
# of one segment: what has more is no sentence but a list
_MOST_WORDS, _MOST_NAMES = 400, 40
# the letters of English and Vietnamese
_LATIN_NAME = re.compile(
    r"\b[A-Z\u00c0-\u00dd\u0110\u1ea0-\u1ef8][A-Za-z\u00c0-\u024f\u1ea0-\u1ef9]+"
)
# a number, which may become a word or digits
_ROMAN = re.compile(r"[IVXLCDM]+")
# surnames that every language spells by their sound, other than those of English or French
_SPELT_BY_SOUND = re.compile(
    r"\w{2}(?:(?:[оеё]в|[иы]н)(?:а|у|ым|ом|е|ой|ых)?|[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую))$"
)
# how much of the beginning of a Latin name comes through: Russia may be Russian, China Chinese
_LATIN_BEGINNING = 4
_LONGEST_SOURCE = 20_000


def names(pair: Pair) -> Iterator[EditorWarning]:
    """Report names of the target that sound like nothing in the source."""
    if _in_title_case(pair.target):
        return
    for name in unsupported_names(pair.target, pair.source, language=pair.to):
        place = pair.target.find(name)
        yield warning(
            "name_doubtful",
            f"{name} sounds like nothing in the source",
            target=Span(place, place + len(name)),
        )


def latin_lost(pair: Pair) -> Iterator[EditorWarning]:
    """Report names in Latin letters, in a Russian text, that are not in the target."""
    if not _CYRILLIC.search(pair.source):
        return
    beginnings = {_beginning(word) for word in _LATIN_WORD.findall(pair.target)}
    for match in _LATIN_NAME.finditer(pair.source):
        word = match.group()
        if not _ROMAN.fullmatch(word) and _beginning(word) not in beginnings:
            yield warning(
                "name_missing", f"{word} is not in the translation", source=Span(*match.span())
            )


def _beginning(word: str) -> str:
    return word[:_LATIN_BEGINNING].casefold()


def names_lost(pair: Pair) -> Iterator[EditorWarning]:
    """Report names of people in the source that are not in the target.

    Of those that the gazetteer knows, their forms are looked for, with what may have become of
    them; of the others, something that sounds alike. Chinese and Korean names have Vietnamese
    forms that do not.
    """
    if len(pair.source) > _LONGEST_SOURCE:
        return
    mentions = [mention for mention in pair.names() if mention.name.type is NameType.PERSON]
    if mentions:
        yield from _forms_lost(pair, mentions)
    found = personal_names(pair.source)[:_MOST_NAMES]
    if not found:
        return
    words = _LATIN_WORD.findall(pair.target)[:_MOST_WORDS]
    capitals = [index for index, word in enumerate(words) if _CAPITALS.match(word)]
    for span in found:
        known = any(m.span.start < span.end and span.start < m.span.end for m in mentions)
        if not known and not _heard(span.of(pair.source), words, capitals):
            yield warning(
                "name_missing",
                f"{_telling(span.of(pair.source))} sounds like nothing in the translation",
                source=span,
            )


def _forms_lost(pair: Pair, mentions: Sequence[Mention]) -> Iterator[EditorWarning]:
    placed = place(pair.source, pair.target, mentions, to=pair.to)
    for item in placed.warnings:
        if item.code == "name_missing":
            yield warning(item.code, item.message, source=item.source)
    for found in placed.placed:
        # one word that sounds like one of three may be anything
        whole = len(found.mention.name.form(pair.to).split()) > 2
        if found.outcome is Outcome.REPLACED and whole and " " not in found.written:
            yield warning(
                "name_missing",
                f"of the name {found.mention.text} there is at most {found.written} here",
                source=found.mention.span,
            )


@lru_cache(maxsize=256)
def known_names(source: str) -> Sequence[Mention]:
    """Return the names of the shipped gazetteer in a Russian text.

    Raises:
        ConfigError: the gazetteer is missing or wrong.
    """
    # both targets of a segment are checked soon after each other: hence the cache
    return find([source], _gazetteer(), transcribe=False)[0]


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    return load_gazetteer(resources.folder("configs") / "gazetteer")


def personal_names(text: str) -> list[Span]:
    """Return where a Russian text names people, or something else that has no other sense.

    Neighbouring capitalised words, of which the dictionary knows one as the name of a person or
    not at all, or which all look Vietnamese; a single one only if it is long enough to be told
    from others by ear. Places are left out: many have names of their own in other languages.
    """
    if not re.search(r"[А-ЯЁ]", text[1:]):
        return []
    spans: list[Span] = []
    run: list[Token] = []
    for token in tokens(text):
        joined = bool(run) and text[run[-1].span.end : token.span.start] in {" ", "-"}
        named = _is_named(token)
        if run and not (joined and named and not token.initial):
            spans += _span_of(run)
            run = []
        if named:
            run.append(token)
    return spans + _span_of(run)


def _span_of(run: list[Token]) -> list[Span]:
    vietnamese = len(run) > 1 and all(map(_is_syllable, run))
    if not vietnamese and not any(map(_is_personal, run)):
        return []
    if len(run) == 1 and run[0].initial:
        return []  # any word may begin a sentence
    letters = sum(len(token.text) for token in run)
    if letters < (_SHORTEST_RUN if len(run) > 1 else _SHORTEST_WORD):
        return []
    return [Span(run[0].span.start, run[-1].span.end)]


def _is_named(token: Token) -> bool:
    word = token.text
    if not token.capital or not (word[1:].islower() or len(word) == 1) or len(word) > _LONGEST_WORD:
        return False
    if not _CYRILLIC.match(word):
        return False
    return _is_syllable(token) or (_is_personal(token) and not read_word(word).place)


def _is_personal(token: Token) -> bool:
    reading = read_word(token.text)
    return reading.personal or not reading.known


def _is_syllable(token: Token) -> bool:
    return _SYLLABLE.fullmatch(token.text) is not None


def _in_title_case(text: str) -> bool:
    """Whether most words begin with a capital, as in an English headline."""
    words = [word for word in _LATIN_WORD.findall(text) if len(word) > 3]
    return len(words) > 3 and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _surname(name: str) -> str:
    """Return the surname of a name of several words if it must be heard, else nothing."""
    parts = re.split(r"[ -]", name)
    tells = len(parts) > 1 and len(parts[-1]) > 4 and _SPELT_BY_SOUND.search(parts[-1])
    return parts[-1] if tells and not all(map(_SYLLABLE.fullmatch, parts)) else ""


def _telling(name: str) -> str:
    surname = _surname(name)
    return f"{surname} of {name}" if surname else name


def _heard(name: str, words: list[str], capitals: list[int]) -> bool:
    parts = re.split(r"[ -]", name)
    whole = len(parts) > 1 and all(_SYLLABLE.fullmatch(part) for part in parts)
    if whole:
        return _alike(sound(name), words, capitals, (len(parts) - 1, len(parts) + 1), _WHOLE_HEARD)
    # a given name is no proof: thousands of people share it
    surname = _surname(name)
    clear = _WHOLE_CLEAR if surname else _WHOLE_HEARD
    if _alike(sound(name), words, capitals, (1, len(parts) + 1), clear):
        return True
    telling = [surname] if surname else parts
    return any(
        _alike(sound(part), words, capitals, (1, 2), _WORD_HEARD)
        for part in telling
        if len(part) > 4
    )


def _alike(
    wanted: Sound, words: list[str], capitals: list[int], sizes: tuple[int, int], threshold: float
) -> bool:
    return any(
        similarity(" ".join(words[start : start + size]), (wanted,)) >= threshold
        for start in capitals
        for size in range(sizes[0], sizes[1] + 1)
    )

"""Words of a Russian text: where they stand, how names decline, what the dictionary knows of them.

Names are compared without the dictionary, by the endings that their last letters allow: a name
that no dictionary has («Даклак») declines as regularly as one that it has. The dictionary of
pymorphy3 (OpenCorpora) says only what endings cannot: whether a capitalised word at the beginning
of a sentence may be a common word, and the base of irregular words («Орла», «Нидерландах»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tolmach.document import Span

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

__all__ = ["Reading", "Token", "WordForm", "fold", "read_word", "stems", "tokens", "word_form"]

LONGEST_ENDING = 3
_WORD = re.compile(r"[^\W_]+")
_OPENING = re.compile(r"[.!?…:;«“„\"(\[•]|^\s*[-–—]")
_VOWELS = "аеиоуыэюя"
# «Вена» is a city in half of all cases, «Сон» hardly ever a name
_NAME_SHARE = 0.4


def _endings(listed: str, *, bare: bool = False) -> frozenset[str]:
    return frozenset(listed.split()) | frozenset([""] if bare else [])


_ADJECTIVE = _endings(
    "ый ий ой ая яя ое ее ые ие ого его ому ему ым им ом ем ую юю ей ою ею ых их ыми ими"
)
_NOUN = _endings(
    "а я у ю о е ы и ой ей ою ом ем ь й ью ов ев ам ям ами ями ах ях ий ия ие ию", bare=True
)
_HARD = _endings("а у е ом ем", bare=True)
# Путиным, Ивановым, Лавровыми; of the feminine: Матвиенко does not decline, Захаровой does
_SURNAME = _endings("а у е ым ы ой ых ыми", bare=True)
_SOFT = _endings("ь я ю е и ем ью")
_SHORT_I = _endings("й я ю е и ем")
_A = _endings("а ы и е у ой ою ей")
_YA = _endings("я и е ю ей ею ь")
_PLURAL = _endings("ы и ов ев ам ям ами ями ах ях", bare=True)
_NEUTER_O = _endings("о а у ом е")
_NEUTER_E = _endings("е я ю ем и")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text.

    Attributes:
        span: in the text.
        text: as it stands there.
        folded: lower case, with «е» for «ё».
        capital: whether it begins with a capital.
        initial: whether a capital says nothing: at the beginning of a sentence, after a quotation
            mark, or in a line that is all capitals.
    """

    span: Span
    text: str
    folded: str
    capital: bool
    initial: bool


@dataclass(frozen=True, slots=True)
class WordForm:
    """A word of a name, and what it may look like in a text.

    Attributes:
        text: as the name writes it.
        folded: lower case, with «е» for «ё».
        stem: what all cases have in common, folded.
        endings: what may follow the stem.
        capital: whether a text must write it with a capital.
        acronym: whether a text must write its stem in capitals.
    """

    text: str
    folded: str
    stem: str
    endings: frozenset[str]
    capital: bool
    acronym: bool

    def matches(self, token: Token) -> bool:
        """Tell whether a token is this word in some case."""
        if self.capital and not token.capital:
            return False
        size = len(self.stem)
        if self.acronym and not token.text[:size].isupper():
            return False
        if token.folded == self.folded:
            return True
        if token.folded.startswith(self.stem) and token.folded[size:] in self.endings:
            # ООНа, МИДом: the ending of an acronym is in lower case
            return not self.acronym or token.initial or token.text[size:].islower()
        return False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the dictionary knows of a word.

    Attributes:
        known: whether the dictionary has it.
        lemmas: base forms, folded; empty for a word that it does not have.
        common: whether it is more often another thing than a name.
        personal: whether it may be a given name, a surname or a patronymic.
        place: whether it may be a place.
    """

    known: bool
    lemmas: frozenset[str]
    common: bool
    personal: bool
    place: bool


def fold(word: str) -> str:
    """Return a word in lower case with «е» for «ё»."""
    return word.lower().replace("ё", "е")


# finding names, placing them, terms and checks all read the same sentence
@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the words and numbers of a text, in order; hyphens separate words."""
    found: list[Token] = []
    shouting = _is_shouting(text)
    end, before = 0, ""
    for match in _WORD.finditer(text):
        word = match.group()
        gap = text[end : match.start()]
        initial = shouting or not found or _begins_sentence(gap, before)
        span = Span(match.start(), match.end())
        found.append(Token(span, word, fold(word), word[0].isupper(), initial))
        end, before = match.end(), word
    return tuple(found)


def _is_shouting(text: str) -> bool:
    return text.isupper() and len(text) > 12


def _begins_sentence(gap: str, before: str) -> bool:
    if not _OPENING.search(gap):
        return False
    # «г. Винь», «А. С. Пушкин»: the full stop of an abbreviation ends no sentence
    return not (gap.strip() == "." and len(before) <= 2)


def stems(folded: str) -> Iterator[str]:
    """Yield what a word may have as its stem, longest first."""
    for size in range(len(folded), max(len(folded) - LONGEST_ENDING, 0) - 1, -1):
        if size:
            yield folded[:size]


def word_form(word: str, *, declines: bool = True, person: bool = False) -> WordForm:
    """Work out what a word of a name may look like in a text.

    Args:
        word: nominative; in lower case if a text may write it with or without a capital.
        declines: false for a word that looks the same in all cases.
        person: whether it belongs to the name of a person; «Макрон» is then a surname.
    """
    folded = fold(word)
    capital = word[0].isupper()
    acronym = len(word) > 1 and word.isupper()
    cyrillic = any("а" <= letter <= "я" for letter in folded)
    if not declines or not cyrillic or word.isdigit():
        stem, endings = folded, frozenset([""])
    elif acronym:
        stem, endings = folded, _HARD if folded[-1] not in _VOWELS else frozenset([""])
    else:
        stem, endings = _paradigm(folded, proper=capital, person=person)
        if not stem:
            stem, endings = folded, frozenset([""])
    return WordForm(word, folded, stem, endings, capital, acronym)


def _paradigm(word: str, *, proper: bool, person: bool) -> tuple[str, frozenset[str]]:
    """Return the stem and the endings of a folded word."""
    if word.endswith(("ый", "ая", "ое", "ые", "яя", "кий", "жний", "хний", "кие", "стой")):
        return word[:-2], _ADJECTIVE
    if not proper and word.endswith(("ший", "щий", "чий", "жий")):  # «бывший», «общий»
        return word[:-2], _ADJECTIVE
    if not proper:
        # a common word inside a longer name: the other words make sure that it is the name
        stem = word[:-1] if word[-1] in _VOWELS + "ьй" else word
        return stem, _NOUN | _ADJECTIVE
    return _proper_paradigm(word, person=person)


def _proper_paradigm(word: str, *, person: bool) -> tuple[str, frozenset[str]]:
    stem = word[:-1]
    match word[-1]:
        case "ь":
            return stem, _SOFT
        case "й":
            return stem, _SHORT_I
        case "а" if len(word) > 2:
            return stem, _A
        case "я" if len(word) > 2:
            return stem, _YA
        case "ы" if not person and len(word) > 4:
            return stem, _PLURAL
        case "о" if word.endswith(("ство", "ово", "ево", "ино", "море")) and not person:
            return stem, _NEUTER_O
        case "е" if word.endswith(("ние", "тие", "море", "ье")):
            return stem, _NEUTER_E
        case last if last in _VOWELS:
            return word, frozenset([""])
    if person and word.endswith(("ов", "ев", "ин", "ын")):
        return word, _SURNAME | _HARD
    return word, _HARD


@lru_cache(maxsize=50_000)
def read_word(word: str) -> Reading:
    """Look a word up in the dictionary, in any case.

    The first call loads the dictionary (0.1 s); a new word takes about 0.1 ms.
    """
    analyzer = _analyzer()
    if not analyzer.word_is_known(word):
        return Reading(False, frozenset(), False, False, False)
    lemmas: set[str] = set()
    personal = place = False
    named = total = 0.0
    for parse in analyzer.parse(word):
        lemmas.add(fold(parse.normal_form))
        person = bool({"Name", "Surn", "Patr"} & parse.tag.grammemes)
        geographic = "Geox" in parse.tag
        personal, place = personal or person, place or geographic
        total += parse.score
        if person or geographic or "Orgn" in parse.tag or "Abbr" in parse.tag:
            named += parse.score
    return Reading(True, frozenset(lemmas), named < _NAME_SHARE * total, personal, place)


@cache
def _analyzer() -> MorphAnalyzer:
    # loading takes 0.1 s and 15 MB: not before the first name is looked for
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")

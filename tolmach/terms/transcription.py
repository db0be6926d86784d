"""Vietnamese names back from their Russian transcription, and into it.

The Russian practical transcription drops the tones and lets several sounds fall together (d, gi
and r; ă, â and a; x and s in careless spelling), so that a Russian form stands for many Vietnamese
ones. Here it is turned round: each stretch of letters that spells a syllable by the table of
`tolmach.terms.transcription_tables` stands for the syllables of the closed list of
`tolmach.terms.syllables`; a beam search finds the likeliest sequence by
`tolmach.terms.ranking`. What is no Vietnamese syllable is never proposed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import nlargest
from itertools import islice, product
from math import exp, log

from tolmach.terms.base import NameType
from tolmach.terms.ranking import Keep, Ranking, ranking
from tolmach.terms.syllables import Syllable, inventory, parse, plain
from tolmach.terms.transcription_tables import spellings

__all__ = ["Candidate", "accepts", "candidates", "transcribe", "undecline"]

LONGEST_NAME = 120
"""Characters; a longer name is refused."""

_LONGEST_WORD = 40
_BEAM = 80
_CUTS = 12  # ways to cut a word into syllables, and ways to cut a whole name
_SPELLING = 1.6  # how much a spelling's cost weighs against the ranking
_SYLLABLE_PRICE = 1.0  # fewer and longer syllables are likelier where a word can be cut twice
_JOINED_PRICE = 3.0  # the parts of a person's name are seldom written as one word
_ENGLISH_SHARE = 0.3  # how much all the tonings of an English form count together
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]+")
_ENGLISH = {"Viet Nam": "Vietnam", "Ha Noi": "Hanoi"}
"""Names that English newspapers write as one word, without diacritics."""

_CONSONANTS = frozenset("бвгджзклмнпрстфхцчшщ")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Vietnamese name that a Russian form may stand for.

    Attributes:
        toned: as Vietnamese newspapers write it.
        plain: as English newspapers write it: without diacritics.
        score: like a log-probability, and comparable only between candidates of one name; higher
            is better.
    """

    toned: str
    plain: str
    score: float


@dataclass(frozen=True, slots=True)
class _Path:
    score: float
    syllables: tuple[str, ...] = ()


def _fold(text: str) -> str:
    return text.lower().replace("ё", "е")


@cache
def _readings() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """By a Russian spelling (lower case, е for ё), the toned syllables it may stand for."""
    by_base: dict[tuple[str, str], list[Syllable]] = defaultdict(list)
    for syllable in inventory().values():
        by_base[syllable.onset, syllable.rime].append(syllable)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for (onset, rime), syllables in by_base.items():
        for spelling, cost in spellings(onset, rime):
            costs = found[_fold(spelling)]
            for syllable in syllables:
                costs[syllable.text] = min(cost, costs.get(syllable.text, cost))
    return {spelling: tuple(costs.items()) for spelling, costs in found.items()}


@cache
def _longest() -> int:
    return max(map(len, _readings()))


def _reachable(word: str) -> list[bool]:
    """For each place in a word, whether the rest of it can be cut into syllables."""
    good = [False] * len(word) + [True]
    for start in range(len(word) - 1, -1, -1):
        ends = range(start + 1, min(len(word), start + _longest()) + 1)
        good[start] = any(good[end] and word[start:end] in _readings() for end in ends)
    return good


@lru_cache(maxsize=4096)
def _cuts(word: str) -> tuple[tuple[str, ...], ...]:
    """The ways to cut a folded word into spellings of syllables, fewest syllables first."""
    if not 0 < len(word) <= _LONGEST_WORD:
        return ()
    good = _reachable(word)
    # breadth first over the number of syllables; a place is entered a bounded number of times
    found: list[tuple[str, ...]] = []
    layer: list[tuple[int, tuple[str, ...]]] = [(0, ())] if good[0] else []
    while layer and len(found) < _CUTS:
        following: list[tuple[int, tuple[str, ...]]] = []
        for start, before in layer:
            for end in range(min(len(word), start + _longest()), start, -1):
                if good[end] and word[start:end] in _readings():
                    parts = (*before, word[start:end])
                    if end == len(word):
                        found.append(parts)
                    else:
                        following.append((end, parts))
        layer = following[: _CUTS * 4]
    return tuple(found[:_CUTS])


def accepts(word: str) -> bool:
    """Whether a Russian word can be a transcription of one or more Vietnamese syllables.

    That says little of a word of open syllables: many Russian words could be one. The score of the
    best candidate tells more.

    Args:
        word: one word, nominative; case does not matter. Hyphens may part syllables.
    """
    if not 0 < len(word) <= LONGEST_NAME:
        return False
    return all(_cuts(part) for part in _SEPARATORS.split(_fold(word)))


def candidates(
    name: str, *, kind: NameType = NameType.PERSON, limit: int = 5
) -> tuple[Candidate, ...]:
    """Return the Vietnamese names that a Russian form may stand for, best first.

    Args:
        name: nominative Cyrillic, any number of words; syllables may be joined or hyphenated.
        kind: what it stands for; decides which names are likely.
        limit: return at most so many.

    Returns:
        Empty if a part of it is not the transcription of Vietnamese syllables.
    """
    return _candidates(name, kind, max(0, limit), None)


@lru_cache(maxsize=4096)
def _candidates(name: str, kind: NameType, limit: int, keep: Keep | None) -> tuple[Candidate, ...]:
    if not 0 < len(name) <= LONGEST_NAME:
        return ()
    words = [word for word in _SEPARATORS.split(_fold(name)) if word]
    ways = [_cuts(word) for word in words]
    if not ways or not all(ways):
        return ()
    model = ranking(kind, keep=keep)
    best: dict[tuple[str, ...], float] = {}
    for parts in islice(product(*ways), _CUTS):
        spelt = tuple(spelling for part in parts for spelling in part)
        joined = len(spelt) - len(words) if len(words) > 1 and kind is NameType.PERSON else 0
        for path in _search(spelt, model):
            score = path.score - joined * _JOINED_PRICE
            best[path.syllables] = max(score, best.get(path.syllables, score))
    return _ordered(best, limit)


def _search(spelt: tuple[str, ...], model: Ranking) -> list[_Path]:
    """The likeliest toned sequences for a sequence of spellings."""
    beam = [_Path(-_SYLLABLE_PRICE * len(spelt))]
    for index, spelling in enumerate(spelt):
        role = model.position(index, len(spelt))
        longer: list[_Path] = []
        for path in beam:
            previous = path.syllables[-1] if path.syllables else ""
            for syllable, cost in _readings()[spelling]:
                score = path.score - _SPELLING * cost + model.step(previous, syllable, role)
                longer.append(_Path(score, (*path.syllables, syllable)))
        beam = nlargest(_BEAM, longer, key=lambda path: path.score)
    return beam


def _ordered(best: Mapping[tuple[str, ...], float], limit: int) -> tuple[Candidate, ...]:
    mass: dict[str, float] = defaultdict(float)
    english = {syllables: plain(" ".join(syllables)).title() for syllables in best}
    peak = max(best.values())
    for syllables, score in best.items():
        mass[english[syllables]] += exp(max(score - peak, -700.0))  # exp() must not give zero
    # a name is as likely as its tones, and as all the tonings of its English form together
    scores = {
        syllables: (1 - _ENGLISH_SHARE) * score
        + _ENGLISH_SHARE * (peak + log(mass[english[syllables]]))
        for syllables, score in best.items()
    }
    return tuple(
        Candidate(
            " ".join(syllable.capitalize() for syllable in syllables),
            _ENGLISH.get(english[syllables], english[syllables]),
            scores[syllables],
        )
        for syllables in nlargest(limit, scores, key=lambda key: scores[key])
    )


def undecline(word: str) -> tuple[str, ...]:
    """Return the possible nominatives of a declined transcribed word, itself first.

    Vietnamese words that end in a consonant take the endings of Russian masculine nouns (Лам, Лама,
    Ламом; Тьинь, Тьиня; Ханой, Ханое), those in -а and -я the endings of feminine ones (Шапа,
    Шапе); all others do not change. Only forms that `accepts` accepts are added.
    """
    found = [word]
    if len(word) <= _LONGEST_WORD:
        found += [form for form in _nominatives(word) if form not in found and accepts(form)]
    return tuple(dict.fromkeys(found))


def _nominatives(word: str) -> Iterator[str]:
    lower = word.lower()
    for ending in ("ом", "а", "у", "е", "ы"):
        stem = word[: -len(ending)]
        if lower.endswith(ending) and len(stem) > 1 and stem[-1].lower() in _CONSONANTS:
            if ending != "ы":
                yield stem
            if ending != "ом":
                yield stem + "а"
    if lower.endswith("ой") and len(word) > 3:
        yield word[:-2] + "а"
    for ending in ("ем", "ём", "ей", "я", "ю", "е", "и"):
        stem = word[: -len(ending)]
        if lower.endswith(ending) and len(stem) > 1:
            if ending != "ей":
                yield stem + ("ь" if stem[-1].lower() in _CONSONANTS else "й")
            if ending not in ("ем", "ём"):
                yield stem + "я"


def transcribe(vietnamese: str, *, joined: bool = False) -> str:
    """Write a Vietnamese name in Russian by the practical transcription.

    Args:
        vietnamese: with its diacritics; whatever is not a Vietnamese syllable stays as it is.
        joined: as one word, as place names are written (Куангнинь).
    """
    words = [_transcribed(word) for word in vietnamese.split()]
    if not joined:
        return " ".join(words)
    return "".join(words[:1] + [word.lower() for word in words[1:]])


def _transcribed(word: str) -> str:
    found = parse(word)
    if found is None:
        return word
    russian = spellings(found[0], found[1])[0][0]
    return russian.capitalize() if word[:1].isupper() else russian

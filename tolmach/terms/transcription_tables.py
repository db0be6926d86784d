"""How Vietnamese onsets and rimes are written in Russian: the practical transcription as a table.

The first spelling of each row is that of the practical transcription (T. T. Mkhitaryan; the
instruction of the Soviet geodetic service, 1973); the others are what newspapers write besides:
by the Hanoi or the Saigon pronunciation, after the Latin letters, or by careless habit. Each
carries a cost, about the negative logarithm of how much rarer it is.

An onset that ends in ``ь`` is soft and changes the vowel after it (тя, тю); see `spellings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

__all__ = ["spellings"]

Variants = tuple[tuple[str, float], ...]
"""Spellings with their costs, the regular one first."""

_ONSETS: Mapping[str, Variants] = {
    "": (("", 0.0),),
    "b": (("б", 0.0),),
    "c": (("к", 0.0),),
    "k": (("к", 0.0),),
    "ch": (("ть", 0.0), ("ч", 0.7), ("т", 3.0), ("ш", 4.5)),
    "d": (("з", 0.0), ("зь", 1.2), ("д", 3.5), ("й", 3.5), ("ж", 3.5)),
    "đ": (("д", 0.0),),
    "g": (("г", 0.0),),
    "gi": (("зь", 0.0), ("з", 0.5), ("зи", 0.7), ("ж", 1.0), ("жи", 2.0), ("джи", 3.0)),
    "h": (("х", 0.0), ("хь", 1.0), ("г", 4.5)),
    "kh": (("кх", 0.0), ("х", 1.8), ("к", 2.5)),
    "l": (("л", 0.0), ("ль", 2.0)),
    "m": (("м", 0.0),),
    "n": (("н", 0.0),),
    "ng": (("нг", 0.0), ("н", 4.0)),
    "nh": (("нь", 0.0), ("н", 2.0)),
    "p": (("п", 0.0),),
    "ph": (("ф", 0.0), ("пх", 3.5)),
    "qu": (("ку", 0.0), ("кв", 1.5), ("кю", 2.0)),
    "r": (("р", 0.0), ("з", 0.9), ("ж", 1.5), ("зь", 3.0)),
    "s": (("ш", 0.0), ("с", 0.7)),
    "t": (("т", 0.0),),
    "th": (("тх", 0.0), ("т", 1.8)),
    "tr": (("ч", 0.0), ("тр", 1.5), ("ть", 3.0)),
    "v": (("в", 0.0),),
    "x": (("с", 0.0), ("ш", 3.0), ("сь", 1.5), ("кс", 4.0)),
}

_CODAS: Mapping[str, Variants] = {
    "": (("", 0.0),),
    "c": (("к", 0.0),),
    "k": (("к", 0.0),),
    "ch": (("ть", 0.0), ("к", 1.2), ("т", 1.5), ("ч", 2.0)),
    "m": (("м", 0.0),),
    "n": (("н", 0.0), ("нь", 3.0)),
    "ng": (("нг", 0.0), ("н", 2.0)),
    "nh": (("нь", 0.0), ("н", 1.5), ("нг", 4.0)),
    "p": (("п", 0.0),),
    "t": (("т", 0.0),),
}

# nuclei before a consonant or nothing; "э" stands for the vowel that is е after a consonant
_NUCLEI: Mapping[str, Variants] = {
    "a": (("а", 0.0),),
    "ă": (("а", 0.0),),
    "â": (("а", 0.0), ("э", 3.0), ("о", 4.0)),
    "e": (("э", 0.0),),
    "ê": (("э", 0.0),),
    "i": (("и", 0.0), ("ы", 3.0)),
    "iê": (("ье", 0.0), ("ие", 0.3), ("е", 1.2), ("иэ", 1.5), ("ьё", 3.0)),
    "o": (("о", 0.0), ("а", 4.5)),
    "oo": (("о", 0.0), ("оо", 0.7)),
    "ô": (("о", 0.0),),
    "ơ": (("о", 0.0), ("э", 3.0), ("ы", 4.5)),
    "u": (("у", 0.0),),
    "uô": (("уо", 0.0), ("о", 2.5)),
    "ư": (("ы", 0.0), ("у", 2.0), ("и", 3.0)),
    "ươ": (("ыо", 0.0), ("уо", 1.5), ("ио", 3.0), ("ыа", 3.0), ("о", 3.5)),
    "y": (("и", 0.0), ("ы", 3.0)),
    "yê": (("йе", 0.0), ("ие", 0.5), ("е", 1.0), ("иэ", 1.5), ("э", 2.5)),
    "oa": (("оа", 0.0), ("уа", 0.9), ("ва", 3.0)),
    "oă": (("оа", 0.0), ("уа", 0.9)),
    "oe": (("оэ", 0.0), ("уэ", 0.9), ("ое", 0.7)),
    "uâ": (("уа", 0.0), ("юа", 1.5), ("уэ", 2.5)),
    "uê": (("уэ", 0.0), ("юэ", 0.3), ("уе", 0.7), ("юе", 1.0), ("ве", 3.0)),
    "uơ": (("уо", 0.0),),
    "uy": (("уи", 0.0), ("юи", 0.5), ("уй", 0.8), ("ю", 2.5), ("и", 3.0), ("ви", 3.0)),
    "uyê": (
        *(("уе", 0.0), ("уйе", 0.5), ("уэ", 0.7), ("юе", 1.0), ("юэ", 1.0), ("уье", 1.2)),
        *(("уие", 1.5), ("е", 4.0)),
    ),
}

# rimes that end in a glide, and those that open on a falling diphthong
_GLIDES: Mapping[str, Variants] = {
    "ai": (("ай", 0.0), ("аи", 2.0)),
    "ay": (("ай", 0.0), ("эй", 3.0)),
    "ây": (("эй", 0.0), ("ай", 0.5), ("ей", 1.0)),
    "ao": (("ао", 0.0), ("ау", 1.5)),
    "au": (("ау", 0.0), ("ао", 3.0)),
    "âu": (("ау", 0.0), ("оу", 1.0), ("ыу", 3.0), ("эу", 3.0)),
    "eo": (("эо", 0.0),),
    "êu": (("эу", 0.0), ("эо", 3.0)),
    "ia": (("иа", 0.0), ("ья", 0.4), ("ия", 0.7)),
    "iu": (("иу", 0.0), ("ю", 3.0)),
    "iêu": (("иеу", 0.0), ("ьеу", 0.2), ("иэу", 1.5), ("еу", 1.8), ("ью", 3.0)),
    "yêu": (("йеу", 0.0), ("иеу", 0.5), ("еу", 1.5)),
    "oi": (("ой", 0.0),),
    "ôi": (("ой", 0.0),),
    "ơi": (("ой", 0.0), ("эй", 4.0)),
    "ui": (("уй", 0.0), ("уи", 1.5)),
    "uôi": (("уой", 0.0), ("уи", 3.0)),
    "ưi": (("ый", 0.0),),
    "ươi": (("ыой", 0.0), ("уой", 2.0), ("ой", 3.5)),
    "ưu": (("ыу", 0.0), ("ю", 1.5), ("иу", 1.7), ("у", 3.0)),
    "ươu": (("ыоу", 0.0), ("ыу", 2.0)),
    "ua": (("уа", 0.0), ("уо", 3.0)),
    "ưa": (("ыа", 0.0), ("ыя", 2.0), ("уа", 1.5)),
    "oai": (("оай", 0.0), ("уай", 0.9)),
    "oay": (("оай", 0.0), ("уай", 0.9)),
    "oao": (("оао", 0.0),),
    "oeo": (("оэо", 0.0), ("оео", 0.7)),
    "uây": (("уэй", 0.0), ("уай", 0.7), ("уей", 0.7)),
    "uya": (("уйя", 0.0), ("уя", 0.5), ("юя", 1.0)),
    "uyu": (("уиу", 0.0), ("юу", 1.5)),
}

# whole syllables that tradition spells in a way of its own
_TRADITIONAL: Mapping[tuple[str, str], Variants] = {
    ("ch", "i"): (("ши", 2.0), ("ше", 5.0)),
    ("d", "uy"): (("зуй", 0.2), ("зюи", 0.2)),
    ("h", "uy"): (("хюи", -0.1), ("гуй", 1.5), ("хи", 1.5)),
    ("h", "uê"): (("хюэ", -0.1), ("гуэ", 2.0)),
    ("ng", "uyên"): (("нгуен", -0.1), ("нгуэн", 0.5), ("нуен", 2.5)),
    ("", "yên"): (("йен", -0.1), ("ен", 0.8)),
    ("qu", "y"): (("куи", -0.1), ("кюи", 0.3), ("куй", 0.4), ("ки", 1.5)),
    ("qu", "ôc"): (("куок", -0.1),),
    ("đ", "ăk"): (("дак", -0.1), ("дык", 3.0)),
}

_IOTATED = {
    "а": "я",
    "о": "ё",
    "у": "ю",
    "э": "е",
    "ы": "ы",
    "и": "и",
    "е": "е",
    "ю": "ю",
    "я": "я",
}
_VOWELS = frozenset("аэоуыиеёюя")


@cache
def spellings(onset: str, rime: str) -> Variants:
    """Return every Russian spelling of a syllable without its tone, cheapest first.

    Args:
        onset: one of `tolmach.terms.syllables.ONSETS`.
        rime: one of `tolmach.terms.syllables.RIMES`.
    """
    found: dict[str, float] = {}
    for text, cost in (*_regular(onset, rime), *_TRADITIONAL.get((onset, rime), ())):
        found[text] = min(cost, found.get(text, cost))
    return tuple(sorted(found.items(), key=lambda item: (item[1], item[0])))


def _regular(onset: str, rime: str) -> Iterator[tuple[str, float]]:
    # after ``qu`` and ``gi`` a spelling of the onset may hold the first sound of the rime
    for head, price in _ONSETS[onset]:
        for tail, cost in _rime(rime):
            for text, extra in _join(head, tail):
                yield text, price + cost + extra


@cache
def _rime(rime: str) -> Variants:
    if rime in _GLIDES:
        return _GLIDES[rime]
    nucleus = max((one for one in _NUCLEI if rime.startswith(one)), key=len)
    while rime[len(nucleus) :] not in _CODAS:
        nucleus = nucleus[:-1]
    return tuple(
        (vowel + end, price + cost)
        for vowel, price in _NUCLEI[nucleus]
        for end, cost in _CODAS[rime[len(nucleus) :]]
    )


def _join(head: str, tail: str) -> Iterator[tuple[str, float]]:
    """Put an onset before a rime, with the ways to write a soft onset."""
    if not head.endswith("ь"):
        yield from _join_hard(head, tail)
        return
    first, rest = tail[0], tail[1:]
    if first in "йьи" or first not in _IOTATED:
        yield head.rstrip("ь") + tail, 0.0
        if first == "и":
            yield head + tail, 0.3
        return
    soft = _IOTATED[first] + rest
    yield head[:-1] + soft, 0.0
    yield head + soft, 1.0
    yield head + tail, 1.5


def _join_hard(head: str, tail: str) -> Iterator[tuple[str, float]]:
    if head and head[-1] not in _VOWELS and tail.startswith("э"):
        # е as a rule (бе), but э before й (тэй)
        glide = tail.startswith("эй")
        yield head + "е" + tail[1:], 1.0 if glide else 0.0
        yield head + tail, 0.0 if glide else 1.0
    elif not head and tail.startswith("ь"):
        yield "й" + tail[1:], 0.5
    elif head.endswith("у") and tail.startswith("ье"):
        yield head + tail[1:], 0.2
        yield head + "й" + tail[1:], 0.4
    elif head.endswith("и") and tail.startswith(("и", "ь")):
        yield head + tail[1:], 0.0
    elif head.endswith("у") and tail.startswith(("э", "и")):
        yield head + tail, 0.0
        yield head + ("е" if tail[0] == "э" else "й") + tail[1:], 0.4
    else:
        yield head + tail, 0.0

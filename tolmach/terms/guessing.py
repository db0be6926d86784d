"""Names that no gazetteer has: Vietnamese ones, told by the way Russian spells their syllables.

A person is a surname followed by one to four syllables, each with a capital; Vietnam's surnames
are few (a dozen cover nine persons in ten). A place is asked to stand behind the word that says
what it is («община Биньхынг»), because a pair of joined syllables may be anything. The spelling
itself is judged by :mod:`tolmach.terms.transcription`. Korean, Chinese and Japanese names follow
other rules and are left alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from tolmach.terms import transcription
from tolmach.terms.base import Name, NameType
from tolmach.terms.gazetteer import plain
from tolmach.terms.lemmas import Token, fold, read_word

__all__ = ["Guess", "guesses", "is_vietnamese", "looks_vietnamese"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# surnames that hardly any other language has in this spelling
_STRONG = _set(
    "нгуен нгуэн фам хоанг хуинь хюинь хуйнь буй нго зыонг зуонг дыонг лыонг чыонг чинь динь доан "
    "фунг хыа выонг тьяу нгием нгхием данг куать лыу чан фан тьиеу чиеу дао"
)
# surnames that are also words, syllables or names elsewhere
_WEAK = _set(
    "ле ву во до хо то та ха ли лы ла лам лой май као тон тонг тханг тхай тхан дам дай донг дуонг "
    "дан кам ким кхонг куан ма мак ми хунг кунг ван вы ты ань кыу лак тиеу ти тхи"
)
# what follows a surname in no other language
_MIDDLE = _set("тхи ван дык динь хыу суан нгок тхань куанг куок")
_LONGEST = 5
_ONE_SYLLABLE = re.compile(r"[^аеиоуыэюя]*[аеиоуыэюя]+й?[^аеиоуыэюяй]*")
_VOWELS = re.compile(r"[аеиоуыэюя]+")
# spellings of Chinese, Khmer and Lao places, which stand behind the same words
_FOREIGN = re.compile(r"пх|цз|чж|дж|ля|лю|нью|хэ|[бдж]$|в[аеио]т$")
# letters that hardly stand together but in Vietnamese; they make a preposition enough
_DISTINCT = re.compile(r"тх|кх|н[гь][бвгджзклмнпрстфхцчшщ]|ыо|ы[еу]|[ьи]е[нму]|у[ае]н|ньй")
_PREPOSITIONS = _set("в во из до под через близ около возле от к у между")
_LONGEST_PLACE = 3
_GAP = re.compile(r"[ \u00a0]|[-‐‑]")
_PLACE_WORDS = _set(
    "провинция город уезд район община деревня квартал коммуна остров порт аэропорт село бухта "
    "пляж поселок поселение волость уголок курорт залив архипелаг река гора озеро мост улица "
    "пагода храм водопад пещера перевал рынок городок микрорайон кпп погранпереход парк завод "
    "станция вокзал плотина водохранилище гэс аэс тэс"
)
_PLACE_STEMS = frozenset(word[:-1] if word[-1] in "аоеяь" else word for word in _PLACE_WORDS)
_BETWEEN_PLACES = _set("и или")
# grammatical words that may stand before a name at the beginning of a sentence
_FUNCTION = _set("до то во та ли ты ми ван ма ха ти")


@dataclass(frozen=True, slots=True)
class Guess:
    """A run of tokens that may be a Vietnamese name.

    Attributes:
        first: index of its first token.
        last: index after its last token.
        name: what it may be.
        confidence: 0 to 1, always below 1.
        sure: false if something else in the document has to confirm it.
    """

    first: int
    last: int
    name: Name
    confidence: float
    sure: bool


def looks_vietnamese(segments: Sequence[str]) -> bool:
    """Tell whether a document has to do with Vietnam, so that weak evidence is enough."""
    return any("вьетнам" in segment.lower() for segment in segments)


def is_vietnamese(name: Name) -> bool:
    """Tell whether English writes a name as Vietnamese does, but without the marks."""
    bare = plain(name.vi).replace(" ", "")
    return name.vi != plain(name.vi) and bare == name.en.replace(" ", "")


def guesses(text: str, words: Sequence[Token], *, vietnamese: bool) -> Iterator[Guess]:
    """Yield the runs of a segment that may be Vietnamese names; they may overlap.

    Args:
        text: the segment.
        words: its tokens.
        vietnamese: whether the document has to do with Vietnam.
    """
    last_place = -1
    covered = 0
    for index, token in enumerate(words):
        if not token.capital or token.text.isupper() or index < covered:
            continue
        if token.folded in _STRONG or token.folded in _WEAK:
            for guess in _persons(text, words, index, vietnamese):
                yield guess
                covered = guess.last if guess.sure else covered
        if vietnamese and index and _may_be_place(text, words, index, last_place):
            place = _place(text, words, index)
            if place is not None:
                last_place = place.last
                yield place


def _persons(text: str, words: Sequence[Token], first: int, vietnamese: bool) -> Iterator[Guess]:
    """Yield the longest run from ``first`` that can be a person."""
    surname = words[first]
    syllables = [surname.text]
    for token in words[first + 1 : first + _LONGEST]:
        place = first + len(syllables)
        if not _continues(text, words, place):
            break
        if _is_syllable(token.text):
            syllables.append(token.text)
            continue
        base = _undeclined(token.text)
        if base:
            syllables.append(base)
        break
    if len(syllables) < 2:
        return
    rest = words[first + 1]
    marked = len(syllables) > 2 and rest.folded in _MIDDLE
    if not (surname.folded in _STRONG or vietnamese or marked):
        return
    if surname.folded in _FUNCTION and surname.initial and len(syllables) < 3:
        return
    if surname.folded in _FUNCTION and surname.initial and rest.folded in _STRONG:
        return
    sure = surname.folded in _STRONG or len(syllables) > 2 or not read_word(rest.folded).common
    made = _name(" ".join(syllables), NameType.PERSON)
    if made is not None:
        name, confidence = made
        yield Guess(first, first + len(syllables), name, confidence, sure)


def _continues(text: str, words: Sequence[Token], index: int) -> bool:
    """Tell whether a token goes on with the name that the token before it belongs to."""
    token, before = words[index], words[index - 1]
    gap = text[before.span.end : token.span.start]
    return token.capital and not token.text.isupper() and bool(_GAP.fullmatch(gap))


def _may_be_place(text: str, words: Sequence[Token], index: int, last_place: int) -> bool:
    if _after_place_word(text, words, index, last_place):
        return True
    # «в Лонгкхане»: a whole joined name, never a single syllable
    word, before = words[index].folded, words[index - 1].folded
    joined = len(_VOWELS.findall(word)) > 1 and bool(_DISTINCT.search(word))
    return joined and before in _PREPOSITIONS and not read_word(word).known


def _after_place_word(text: str, words: Sequence[Token], index: int, last_place: int) -> bool:
    """Tell whether a word such as «община» stands before a token, or before its list."""
    before = words[index - 1]
    if _is_place_word(before.folded):
        return True
    if index == last_place:
        return text[before.span.end : words[index].span.start].strip() == ","
    return index == last_place + 1 and before.text in _BETWEEN_PLACES


def _is_place_word(word: str) -> bool:
    return any(word[:size] in _PLACE_STEMS for size in range(max(len(word) - 3, 1), len(word) + 1))


def _place(text: str, words: Sequence[Token], first: int) -> Guess | None:
    """Return the place that begins at a token behind a word such as «община»."""
    token = words[first]
    if _is_syllable(token.text):
        last = first + 1
        while last < min(len(words), first + 3) and _continues(text, words, last):
            if not _is_syllable(words[last].text):
                break
            last += 1
        form = " ".join(word.text for word in words[first:last])
    else:
        last = first + 1
        form = token.text
        # behind a preposition «Лонгкхане» is a case of «Лонгкхань»; behind «город» it is not
        oblique = words[first - 1].folded in _PREPOSITIONS
        if oblique or not transcription.accepts(form):
            form = _accepted(form) or (form if transcription.accepts(form) else "")
    if not form or (last == first + 1 and read_word(token.folded).known):
        return None
    if _FOREIGN.search(fold(form)) or len(_VOWELS.findall(fold(form))) > _LONGEST_PLACE:
        return None
    made = _name(form, NameType.PLACE)
    if made is None:
        return None
    return Guess(first, last, made[0], made[1] * 0.9, last > first + 1 or len(form) > 4)


@lru_cache(maxsize=20_000)
def _is_syllable(word: str) -> bool:
    return bool(_ONE_SYLLABLE.fullmatch(fold(word))) and transcription.accepts(word)


@lru_cache(maxsize=20_000)
def _undeclined(word: str) -> str:
    """Return the syllable that a word is a case of, or an empty string."""
    return next((form for form in transcription.undecline(word)[1:] if _is_syllable(form)), "")


@lru_cache(maxsize=20_000)
def _accepted(word: str) -> str:
    forms = transcription.undecline(word)[1:]
    return next((form for form in forms if transcription.accepts(form)), "")


@lru_cache(maxsize=5_000)
def _name(russian: str, kind: NameType) -> tuple[Name, float] | None:
    """Return the name that a nominative stands for, and how likely that is."""
    found = transcription.candidates(russian, kind=kind)
    if not found:
        return None
    best = found[0]
    toned = tuple(dict.fromkeys(other.toned for other in found[1:]))
    bare = tuple(dict.fromkeys(o.plain for o in found[1:] if o.plain != best.plain))
    others = {to: forms for to, forms in (("en", bare), ("vi", toned)) if forms}
    name = Name(russian, best.plain, best.toned, kind, False, MappingProxyType(others))
    share = 1 / sum(math.exp(min(other.score - best.score, 0)) for other in found)
    return name, round(0.4 + 0.4 * share, 3)

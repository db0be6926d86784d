"""Which words of a target are a name: right, right enough, or what a model made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tolmach import resources
from tolmach.config.yamlfile import load_yaml
from tolmach.document import Span
from tolmach.languages import is_vietnamese
from tolmach.terms.base import Mention, Name, NameType
from tolmach.terms.phonetics import Sound, fold, romanise, similarity, sound, spelling_key
from tolmach.terms.syllables import inventory
from tolmach.terms.transcription import transcribe

__all__ = [
    "Wanted",
    "Word",
    "is_demonym",
    "is_possible",
    "keys_of",
    "last_word",
    "likeness",
    "needed",
    "wanted",
    "words_of",
]

# words with their apostrophes ("Xi'an"); marks that stand by themselves belong to their letter
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+(?:['’](?:[^\W\d_]|[\u0300-\u036f])+)*")
_POSSESSIVE = re.compile(r"['’][sS]$")
# a sentence begins after these, so a capital there says nothing
_OPENS_SENTENCE = re.compile(r"[.!?…:\n][\s\"'“”‘’«»(\[*•–—-]*$")

_TELLING = re.compile("[хыьз]")
# a form that sounds like its Russian name is a transcription; below this it is a translation
_TRANSCRIBED = 0.6
# letters of the window -> likeness that is needed; measured with 100 names on right translations
# in which they do not occur: with these, 1 in 1,700 takes a word for the name
_NEEDED = ((3, 0.99), (4, 0.9), (5, 0.8), (6, 0.78), (8, 0.76), (11, 0.72), (99, 0.68))
# more is needed to replace by a guess, or a translated name by its transcription
_GUESS_EXTRA = 0.04
_EXACT = 0.9
_SAME_LAST_WORD = 0.6
# English words that stand with a capital before a name at the beginning of a sentence
_OPENERS = frozenset(
    ["a", "after", "an", "and", "as", "at", "before", "but", "by", "for", "from", "in", "of", "on",
     "the", "to", "when", "with"]
)  # fmt: skip
_INITIAL_LESS, _INITIALS_MORE = 0.06, 0.08
_SHORTEST_TRANSLATED = 5
# what English adds to a place to name its people: Vietnam-ese, Ital-ian, Swed-ish, Gree-k
_DEMONYM = re.compile(r"(?:e|n|an|ian|ean|nian|ese|nese|ish|i|k|ic|s|er|ers|ns|ans|ians)$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a target text, without a possessive ending.

    Attributes:
        span: where it stands.
        text: its characters.
        capital: whether its first letter is a capital one.
        initial: whether a sentence or quotation may begin with it.
        joined: whether nothing but one space or hyphen is between it and the word before.
    """

    span: Span
    text: str
    capital: bool
    initial: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name in one target language, prepared for comparing.

    Attributes:
        form: what should stand in the target.
        kind: what the name stands for.
        accepted: the words of all right forms as keys, longest first.
        equal: folded spellings that are this name and nothing else.
        heard: what its wrong renderings may sound like.
        last: what the last word may sound like.
        extra: how much more likeness than usual is needed.
        transcribed: whether the form sounds like the Russian name.
        guess: the Russian spelling that the form was guessed from; empty for known names.
    """

    form: str
    kind: NameType
    accepted: tuple[tuple[str, ...], ...]
    equal: frozenset[str]
    heard: tuple[Sound, ...]
    last: tuple[Sound, ...]
    extra: float
    transcribed: bool
    guess: str = ""

    @property
    def words(self) -> int:
        """How many words the form has."""
        return len(self.accepted[0]) if self.accepted else 0


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order; numbers count as words."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        written = match.group()
        possessive = _POSSESSIVE.search(written)
        if possessive and possessive.start():
            written = written[: possessive.start()]
        between = text[end : match.start()]
        found.append(
            Word(
                Span(match.start(), match.start() + len(written)),
                written,
                written[0].isupper(),
                not found or bool(_OPENS_SENTENCE.search(between)),
                bool(found) and between in {" ", "-", "\u00a0", "‑"},
            )
        )
        # a possessive ending separates: Hanoi's Mayor is not one name
        end = match.start() + len(written)
    return tuple(found)


def keys_of(text: str, *, to: str) -> tuple[str, ...]:
    """Return the words of a form as they are compared: with marks in Vietnamese only."""
    return tuple(spelling_key(word.text, marks=to == "vi") for word in words_of(text))


def wanted(mention: Mention, *, to: str, settled: bool = False) -> Wanted:
    """Return what a mention asks for.

    Args:
        mention: where the name stands in the source.
        to: target language code.
        settled: whether a guessed name has been decided on, so that other guesses are wrong.
    """
    return _wanted(mention.name.ru, mention.text, _Forms.of(mention.name, to), settled)


def last_word(mention: Mention, *, to: str) -> Wanted | None:
    """Return what the last word of a person's name asks for, as people are called by it.

    Returns:
        None if the name has only one word.
    """
    form = mention.name.form(to).split()
    if mention.name.type is not NameType.PERSON or len(form) < 2:
        return None
    ru = mention.name.ru.split()[-1]
    english = mention.name.en.split()[-1]
    forms = _Forms(form[-1], english, (), mention.name.type, True, to)
    return _wanted(ru, mention.text.split()[-1], forms, False)


@dataclass(frozen=True, slots=True)
class _Forms:
    """What of a :class:`Name` matters for one target; unlike it, it can be hashed."""

    form: str
    english: str
    alternatives: tuple[str, ...]
    kind: NameType
    known: bool
    to: str

    @classmethod
    def of(cls, name: Name, to: str) -> _Forms:
        others = tuple(name.alternatives.get(to, ()))
        return cls(name.form(to), name.en, others, name.type, name.known, to)


@lru_cache(maxsize=8192)
def _wanted(ru: str, text: str, forms: _Forms, settled: bool) -> Wanted:
    right = [forms.form]
    if forms.known or not settled:
        right += forms.alternatives
    accepted = dict.fromkeys(keys_of(form, to=forms.to) for form in right if form)
    spoken = [sound(romanise(item, system=way)) for item in (text, ru) for way in _SYSTEMS]
    transcribed = similarity(forms.form, spoken) >= _TRANSCRIBED
    heard = [*spoken]
    equal = {fold(forms.form), fold(text), fold(ru)}
    if transcribed or similarity(forms.english, spoken) >= _TRANSCRIBED:
        heard.append(sound(forms.english))
    if transcribed:
        heard += [sound(form) for form in (forms.form, *forms.alternatives)]
    if forms.to == "vi":
        equal.add(fold(forms.english))
    several = len(forms.form.split()) > 1
    if forms.kind not in {NameType.PERSON, NameType.PLACE} and (several or not transcribed):
        heard = []  # its words are translated, so how they sound says nothing
    if not forms.known and forms.kind is NameType.PLACE:
        # what is guessed to be Vietnamese may be a place in a neighbouring country: only letters
        # that Vietnamese does not combine so (kh for kh and h, y for ư) tell that it was spelt out
        heard = []
        letters = {item.letters for item in spoken} if _TELLING.search(ru.lower()) else set()
        equal = {fold(form) for form in (forms.form, *forms.alternatives)} | letters
    return Wanted(
        form=forms.form,
        kind=forms.kind,
        # the preferred form stands first: it tells how many words the name has
        accepted=tuple(key for key in accepted if key),
        equal=frozenset(equal - {""}),
        heard=tuple(dict.fromkeys(heard)),
        last=tuple(sound(item.split()[-1]) for item in _spellings(ru, text, forms)),
        extra=0.0 if forms.known else _GUESS_EXTRA,
        transcribed=transcribed,
        guess="" if forms.known else ru,
    )


def _spellings(ru: str, text: str, forms: _Forms) -> list[str]:
    return [item for item in (text, ru, forms.form, forms.english) if item.strip()]


_SYSTEMS = ("practical", "letter")


def likeness(words: Sequence[Word], name: Wanted, *, to: str) -> float:
    """Return how surely a run of words is a rendering of a name, 0 to 1.

    Args:
        words: neighbours in the target, none of which belongs to another name.
        name: what is looked for.
        to: target language code.

    Returns:
        0 if the run is not like enough to replace it.
    """
    if not words[0].capital:
        return 0.0
    text = " ".join(word.text for word in words)
    letters = fold(text)
    if not letters:
        return 0.0
    if letters in name.equal:
        return 1.0 if _tells_enough(words, name, letters, to) else 0.0
    if not name.heard or not words[-1].capital or len(letters) < 3:
        return 0.0
    if any(is_vietnamese(word.text) and not word.capital for word in words):
        return 0.0
    if any(char.isdigit() for char in text):
        return 0.0
    if _is_something_else(words, name, to=to):
        return 0.0
    score = similarity(text, name.heard)
    if not name.transcribed and (score < _EXACT or len(letters) < _SHORTEST_TRANSLATED):
        return 0.0
    if len(words) == 1 and words[0].initial:
        score -= _INITIAL_LESS  # a capital that says nothing
    elif len(words) > 1 and _same_initials(words, name):
        score += _INITIALS_MORE
    elif to == "vi" and all(is_vietnamese(word.text) for word in words):
        score -= _INITIAL_LESS  # words with tones are words that the model knows
    return score if score >= needed(len(letters)) + name.extra else 0.0


@lru_cache(maxsize=8192)
def is_possible(text: str, russian: str, form: str, *, to: str) -> bool:
    """Tell whether a rendering of a person may be right though it is not the likeliest.

    Then the model may know the person, and a guess is no better.

    Args:
        text: what the model wrote.
        russian: the name in Russian.
        form: what was guessed.
        to: target language code.
    """
    words = text.split()
    if len(words) != len(russian.split()):
        return False
    if to == "vi" and 2 * sum(map(is_vietnamese, words)) < len(words):
        return False  # without its tones it is not right for certain
    if to == "vi" and fold(transcribe(text)) == fold(russian):
        return True
    known = fold(words[0]) == fold(form.split()[0])
    return known and all(spelling_key(word, marks=to == "vi") in _syllables(to) for word in words)


@lru_cache(maxsize=2)
def _syllables(to: str) -> frozenset[str]:
    return frozenset(spelling_key(spelt, marks=to == "vi") for spelt in inventory())


@lru_cache(maxsize=8192)
def _folded_words(form: str) -> tuple[str, ...]:
    return tuple(fold(word.text) for word in words_of(form))


def _is_something_else(words: Sequence[Word], name: Wanted, *, to: str) -> bool:
    """Tell whether a run that may sound like a name is a part of it, an adjective, or a word."""
    run = tuple(fold(word.text) for word in words)
    form = _folded_words(name.form)
    if to == "en" and run[0] in _OPENERS and run[0] != form[0]:
        return True
    telling = tuple(word for word in run if word in form or word not in _ordinary_words())
    if to == "en" and len(telling) < len(run):
        run = telling  # Ho Chi Minh Prize is no more than Ho Chi Minh
    if len(run) < len(form) and run in (form[: len(run)], form[len(form) - len(run) :]):
        return True
    if name.kind is NameType.PLACE and any(
        is_demonym(word, whole) for word in run for whole in ("".join(form), form[-1])
    ):
        return True
    # a person is told by the last word: Nguyen Trung is not Nguyen Chi Dung
    return (
        len(run) > 1
        and name.kind is NameType.PERSON
        and similarity(words[-1].text, name.last) < _SAME_LAST_WORD
    )


@lru_cache(maxsize=1)
def _ordinary_words() -> frozenset[str]:
    file = load_yaml(resources.folder("configs") / "exonyms.yaml")
    return frozenset(word for group in file.data.values() for word in str(group).split())


def _tells_enough(words: Sequence[Word], name: Wanted, letters: str, to: str) -> bool:
    """Tell whether letters that are those of a name are the name, in Vietnamese without its tones.

    One syllable is too little: Anh is Britain, and ảnh is a photograph.
    """
    if to != "vi" or len(words) > 1 or letters != fold(name.form):
        return words[0].capital
    if name.words > 1:
        return True
    return name.kind is NameType.PERSON and not words[0].initial and len(letters) > 2


def _same_initials(words: Sequence[Word], name: Wanted) -> bool:
    """Tell whether a run has as many words as the form, each with the same first sound."""
    form = words_of(name.form)
    return len(form) == len(words) and all(
        sound(one.text).skeleton[:1] == sound(other.text).skeleton[:1]
        for one, other in zip(words, form, strict=True)
    )


def needed(letters: int) -> float:
    """Return the likeness that a run of so many letters needs."""
    return next(value for most, value in _NEEDED if letters <= most or most == _NEEDED[-1][0])


def is_demonym(word: str, form: str) -> bool:
    """Tell whether a folded word is a form with an ending that makes it people or an adjective."""
    for country in ("stan", "land"):
        if word == form.removesuffix(country) != form:
            return True  # Kazakh, Thai
    if word + "s" == form:
        return True  # Lao, Philippine
    stem = word
    while len(stem) > 2 and not form.startswith(stem):
        stem = stem[:-1]
    ending = word[len(stem) :]
    if ending == "i" and stem != form:
        return False  # Iraqi, but Almati is Almaty
    return len(stem) >= max(3, len(form) - 2) and bool(_DEMONYM.fullmatch(ending))

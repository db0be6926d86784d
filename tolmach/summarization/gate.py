"""The gate: no sentence of a summary states what its article does not.

Each check looks at one sentence beside the article: in the language that was summarised, and in
the source where that is another one, so that a mistake of the translation is no evidence.

===========  =====================================================================================
``ending``   it is whole: it ends as a sentence does, and the model came to an end
``content``  it says something, once
``language`` it is in the language of the summary
``numbers``  each number and amount stands in the source of the sentences it rests on, and beside
             one of the words that it stands beside here; each day beside its month
``names``    each name stands in the article; words that are one name here are so there
``negation`` it denies what the sentences it rests on deny, and nothing else
``wording``  it is made of the words of its passage and of the article, without runs of others
``prompt``   it does not repeat an example of the model's prompt, nor a word that only that has
===========  =====================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from tolmach.checks.dates import misdated
from tolmach.checks.number_words import worded
from tolmach.checks.quantities import Values
from tolmach.document import SummaryCheck
from tolmach.languages import cyrillic_share, is_vietnamese, words
from tolmach.summarization.denial import unlike
from tolmach.summarization.lexicon import content, stems
from tolmach.translation.guards import loop_start

__all__ = ["CHECKS", "Evidence", "examine", "failures", "objections"]

CHECKS = (
    "ending", "content", "language", "numbers", "names", "negation", "wording", "prompt",
)  # fmt: skip
"""The names of the checks, in order."""

_ENDS = re.compile(r"[.!?…][”\"'»)\]]*$")
# no sentence ends in these: a small model has put the full stop too early
_HANGING = re.compile(
    r"(?:^|\s)(?:the|a|an|and|or|of|with|between|from|into|than|which|và|của|với|trong|những|các|là"
    r"|и|в|во|на|с|со|по|к|о|об|от|для|из|что|который)[.!?…,]*$",
    re.IGNORECASE,
)
# English words of grammar, none of which is a Vietnamese syllable with that meaning
_ENGLISH = re.compile(
    r"(?<!\w)(?:the|of|by|and|with|from|for|was|were|which|that|have|followed|their|said)(?!\w)"
)
# plurals and participles of English, inhabitants of countries: loanwords come without their endings
_INFLECTED = re.compile(r"[a-z]{2,}(?:[bdfghklmnprtvwxy]s|ses|ed|tion)|[A-Z]\w+(?:ians|nese|mese)")
_SYLLABLE = re.compile(
    r"(?:ngh?|nh|kh|ph|th|tr|ch|gh?|qu|[bcdhklmnprstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)
# the country in the name of a currency is not spoken of
_CURRENCY = re.compile(
    r"\bU\.?S\.? ?(?:dollars?\b|\$)|(?:đô[ -]la|USD)(?: của)? (?:Mỹ|Hoa Kỳ)"
    r"|\bUSD (?:of|in|from) (?:the )?(?:US|United States)\b|долл\w* США",
    re.IGNORECASE,
)
# the country itself, which a draft makes of "долларов США"
_STATES = {
    "en": re.compile(r"\b(?:US|U\.S\.|United States)(?!\w)"),
    "vi": re.compile(r"(?<!\w)(?:Mỹ|Hoa Kỳ)(?!\w)"),
}
_STATES_IN_RUSSIAN = re.compile(r"США|[Аа]мерик|Вашингтон|Штат")
_SHORTEST, _SHORTEST_HEADLINE = 25, 12
# words of a summary that stand in the passage it was made from, and in the whole article
_STRICT, _TRUSTED = (0.75, 0.88), (0.5, 0.6)
_COPIED_WORDS = 5
# so many words in a row that the article does not have are a statement of their own
_STRANGE_WORDS = 3
# smaller numbers are written in many ways, and are articles and pronouns as well
_SMALL = Decimal(12)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# January–October and January-October
_DASHES = str.maketrans("–‑", "--")
_FIGURE = re.compile(r"\d+(?:[.,:/]\d+)*")
_BEFORE_START = re.compile(r"[.!?…:]\s*[“\"«(]?$|^[“\"«(\s]*$")
_LETTERS_BEFORE_INFLECTION = 4
# a figure's neighbours: so many words here must have one of so many there
_NEIGHBOURS_HERE, _NEIGHBOURS_THERE = 3, 8


@dataclass(frozen=True)
class Evidence:
    """What a summary sentence is checked against.

    Attributes:
        passage: the text it was to condense, or that it rests on.
        article: the whole text that was summarised.
        source: what ``passage`` was translated from; the same text if nothing was translated.
        examples: the text of the prompt's examples, which a small model likes to repeat.
        language: of the summary, the passage and the article.
        source_language: of ``source``.
        strict: whether nearly all words must stand in the article, as a small model is not
            trusted with words of its own.
    """

    passage: str
    article: str
    source: str
    examples: str
    language: str
    source_language: str = "ru"
    strict: bool = True

    @cached_property
    def article_stems(self) -> frozenset[str]:
        """The stems of the article."""
        return frozenset(stems(self.article))

    @cached_property
    def article_words(self) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """The words of the article as names are compared, and its pairs of neighbours."""
        return self._compared(self.article)

    @property
    def named(self) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """The same of what names may come from: all that a model of prompts has read."""
        return self._compared(self.passage) if self.strict else self.article_words

    def _compared(self, text: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        text = _without_money(text).translate(_DASHES)
        found = [_name_key(word, self.language) for word in _WORD.findall(text)]
        return frozenset(found), frozenset(pairwise(found))

    def beside(self, other: Evidence) -> Evidence:
        """Return ``other`` with what this one has found out of the same article."""
        if self.article is other.article:
            for name in ("article_stems", "article_words"):
                other.__dict__.setdefault(name, getattr(self, name))
        return other


def examine(
    sentence: str, evidence: Evidence, *, finished: bool = True, headline: bool = False
) -> tuple[SummaryCheck, ...]:
    """Return what each check says of a summary sentence.

    Args:
        sentence: in the language of the summary.
        evidence: what it must be supported by.
        finished: false if the length cap cut it off.
        headline: whether it may be short and end without a full stop.
    """
    found = dict.fromkeys(CHECKS, "")
    whole = headline or _ENDS.search(sentence)
    if not finished or not whole or _HANGING.search(sentence) or _is_open(sentence):
        found["ending"] = "it is cut off"
    shortest = _SHORTEST_HEADLINE if headline else _SHORTEST
    repeated = loop_start(sentence) is not None or _says_again(sentence, evidence.passage)
    if len(sentence) < shortest or repeated:
        found["content"] = "it says nothing, or the same again and again"
    if _wrong_language(sentence, evidence.language):
        found["language"] = "it is in the wrong language"
    numbers = list(dict.fromkeys(_numbers(sentence, evidence)))
    if numbers:
        found["numbers"] = f"the article does not say {', '.join(numbers)}"
    unknown = list(dict.fromkeys(_names(sentence, evidence)))
    if unknown:
        found["names"] = f"the article does not name {', '.join(unknown)}"
    found["negation"] = unlike(sentence, evidence.passage, evidence.language)
    of_passage, of_article = _STRICT if evidence.strict else _TRUSTED
    if _support(sentence, evidence.article_stems) < of_article:
        found["wording"] = "too many of its words are not in the article"
    elif _support(sentence, frozenset(stems(evidence.passage))) < of_passage:
        found["wording"] = "it strays from the passage"
    elif evidence.strict and (run := _strange_run(sentence, evidence.article_stems)):
        found["wording"] = f"nothing in the article is like: {run}"
    if evidence.examples and _copies_example(sentence, evidence):
        found["prompt"] = "it repeats an example of the prompt"
    elif evidence.examples and (leaked := _leaked(sentence, evidence)):
        found["prompt"] = f"it takes from an example of the prompt: {', '.join(sorted(leaked))}"
    return tuple(SummaryCheck(name, not detail, detail) for name, detail in found.items())


def failures(checks: Iterable[SummaryCheck]) -> list[str]:
    """Return what speaks against a sentence; an empty list lets it pass."""
    return [check.detail for check in checks if not check.passed]


def objections(sentence: str, evidence: Evidence, *, finished: bool = True) -> list[str]:
    """Return what speaks against a summary sentence; an empty list lets it pass.

    Args:
        sentence: in the language of the summary.
        evidence: what it must be supported by.
        finished: false if the length cap cut it off.
    """
    return failures(examine(sentence, evidence, finished=finished))


def _wrong_language(sentence: str, language: str) -> bool:
    if language == "ru":
        return cyrillic_share(sentence) < 0.5
    if cyrillic_share(sentence):
        return True
    if language == "vi" and (_ENGLISH.search(sentence) or _is_partly_english(sentence)):
        return True
    plain = [word for word in words(sentence) if word[0].islower()]
    marked = sum(map(is_vietnamese, plain))
    return marked < 0.25 * len(plain) if language == "vi" else marked > 0.1 * len(plain)


def _is_partly_english(sentence: str) -> bool:
    """Whether two words in a row are no syllables of Vietnamese, or one is inflected."""
    before = False
    for word in sentence.split():
        word = word.strip("“”\"'‘’«»(),.;:!?…")
        foreign = word.isascii() and word.isalpha() and not _SYLLABLE.fullmatch(word.lower())
        if foreign and _INFLECTED.fullmatch(word):
            return True
        foreign = foreign and word.islower()
        if foreign and before:
            return True
        before = foreign
    return False


def _without_money(text: str) -> str:
    return _CURRENCY.sub(lambda found: " " * len(found.group()), text)


def _is_open(sentence: str) -> bool:
    """Whether a bracket or a quotation is opened and not closed, or the other way round."""
    return any(sentence.count(one) != sentence.count(other) for one, other in ("()", "“”", "«»"))


def _says_again(sentence: str, passage: str) -> bool:
    """Whether a run of words stands here twice, and not in the passage."""
    runs = _listed_runs(sentence)
    if len(runs) == len(set(runs)):
        return False
    there = _listed_runs(passage)
    return len(there) == len(set(there))


def _numbers(sentence: str, evidence: Evidence) -> Iterator[str]:
    here = Values(sentence, evidence.language)
    in_words = worded(sentence, evidence.language)
    largest = max(in_words, default=_SMALL)
    if largest > _SMALL:
        # "nine thousand" is also nine and a thousand: only the whole must be supported
        there = Values(evidence.source, evidence.source_language)
        if largest not in there.supporting:
            yield f"{largest} in words"
    if not here.stated:
        return
    for quantity in here.unsupported_by(Values(evidence.source, evidence.source_language)):
        yield quantity.text
    if evidence.source != evidence.passage:
        for quantity in here.unsupported_by(Values(evidence.passage, evidence.language)):
            yield quantity.text
    for found in misdated(sentence, evidence.language, evidence.source, evidence.source_language):
        yield f"the date {found.text}"
    yield from _misplaced(sentence, evidence.passage)


def _misplaced(sentence: str, passage: str) -> Iterator[str]:
    """Yield figures whose neighbours here are none of their neighbours in the passage."""
    there = passage.lower()
    for match in _FIGURE.finditer(sentence):
        figure = match.group()
        near = set(_around(sentence.lower(), match.start(), match.end(), _NEIGHBOURS_HERE))
        places = list(re.finditer(rf"(?<![\d.,]){re.escape(figure)}(?!\d)", there))
        if not near or not places:
            continue  # written in another way, which the values have been compared for
        beside = {
            word
            for found in places
            for word in _around(there, found.start(), found.end(), _NEIGHBOURS_THERE)
        }
        if not near & beside:
            yield match.group()


def _around(text: str, start: int, end: int, count: int) -> list[str]:
    # a window that is long enough for so many words, so that a long text costs no more
    reach = 16 * count
    before = stems(text[max(0, start - reach) : start])
    after = stems(text[end : end + reach])
    return [*before[-count:], *after[:count]]


def _names(sentence: str, evidence: Evidence) -> Iterator[str]:
    """Yield names that the article does not contain, or not as one name.

    The first word may be a name as well. Both texts are in one language, so letters are compared;
    to sound alike is not enough.
    """
    known, pairs = evidence.named
    sentence = _without_money(sentence).translate(_DASHES)
    if evidence.language in _STATES and evidence.source_language == "ru":
        found = _STATES[evidence.language].search(sentence)
        if found and not _STATES_IN_RUSSIAN.search(_without_money(evidence.source)):
            yield found.group()
    before: re.Match[str] | None = None
    for match in _WORD.finditer(sentence):
        word = match.group()
        initial = bool(_BEFORE_START.search(sentence[: match.start()][-4:])) or not match.start()
        if not (word[0].isupper() and len(word) > 1) or (initial and len(word) < 4):
            before = None
            continue
        key = _name_key(word, evidence.language)
        if key not in known and not (initial and _is_plain(word, evidence)):
            yield word
        elif before is not None and not initial:
            together = sentence[before.end() : match.start()] in {" ", "-"}
            pair = _name_key(before.group(), evidence.language), key
            if together and pair not in pairs:
                yield f"{before.group()} {word}"
        before = None if initial else match


def _is_plain(word: str, evidence: Evidence) -> bool:
    """Whether a word at the beginning is a form of a word of the article."""
    return bool(set(stems(word))) and set(stems(word)) <= evidence.article_stems


def _name_key(word: str, language: str) -> str:
    folded = word.casefold().replace("ё", "е")
    for ending in ("'s", "’s"):
        folded = folded.removesuffix(ending)
    if language == "ru":
        return folded[: max(_LETTERS_BEFORE_INFLECTION, len(folded) - 2)]
    return folded


def _support(sentence: str, known: frozenset[str]) -> float:
    wanted = stems(sentence)
    return sum(stem in known for stem in wanted) / len(wanted) if wanted else 0.0


def _copies_example(sentence: str, evidence: Evidence) -> bool:
    copied = _runs(sentence) & _runs(evidence.examples)
    return bool(copied) and bool(copied - _runs(evidence.article))


def _leaked(sentence: str, evidence: Evidence) -> set[str]:
    """Return what a sentence has in common with the examples of the prompt and not the article."""
    here, examples, article = (
        _telling(text, evidence.language)
        for text in (sentence, evidence.examples, evidence.article)
    )
    return (here & examples) - article


def _telling(text: str, language: str) -> set[str]:
    """Return the words of a text that carry meaning; of Vietnamese syllables two make a word."""
    if language != "vi":
        return set(content(text))
    found = [word.lower() for word in words(text)]
    return {f"{one} {other}" for one, other in pairwise(found) if content(f"{one} {other}")[1:]}


def _strange_run(sentence: str, known: frozenset[str]) -> str:
    """Return the first run of words that a text does not have; short words do not end it."""
    run: list[str] = []
    for word in words(sentence):
        stem = stems(word)
        if stem and stem[0] not in known:
            run.append(word)
        elif stem:
            run = []
        if len(run) == _STRANGE_WORDS:
            return " ".join(run)
    return ""


def _runs(text: str) -> set[tuple[str, ...]]:
    return set(_listed_runs(text))


def _listed_runs(text: str) -> list[tuple[str, ...]]:
    tokens = [token.lower() for token in words(text)]
    return list(zip(*(tokens[offset:] for offset in range(_COPIED_WORDS)), strict=False))

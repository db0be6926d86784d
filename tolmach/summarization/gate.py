"""The gate: no sentence of a summary states what its article does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tolmach.facts import names, unstated_numbers
from tolmach.languages import cyrillic_share, is_vietnamese, words
from tolmach.summarization.salience import stems
from tolmach.translation.guards import loop_start

__all__ = ["Evidence", "objections"]

_ENDS = re.compile(r"[.!?…][”\"')\]]*$")
_SHORTEST = 25
# words of a summary that stand in the passage it was made from, and in the whole article
_PASSAGE_SUPPORT = 0.75
_ARTICLE_SUPPORT = 0.88
_COPIED_WORDS = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a summary sentence is checked against.

    Attributes:
        passage: the target text it was to condense.
        article: the whole target text.
        source: the whole source text.
        examples: the text of the prompt's examples, which a small model likes to repeat.
        language: of the summary.
    """

    passage: str
    article: str
    source: str
    examples: str
    language: str


def objections(sentence: str, evidence: Evidence, *, finished: bool = True) -> list[str]:
    """Return what speaks against a summary sentence; an empty list lets it pass.

    Args:
        sentence: in the target language.
        evidence: what it must be supported by.
        finished: false if the length cap cut it off.
    """
    found: list[str] = []
    if not finished or not _ENDS.search(sentence):
        found.append("it is cut off")
    if len(sentence) < _SHORTEST or loop_start(sentence) is not None:
        found.append("it says nothing, or the same again and again")
    if _wrong_language(sentence, evidence.language):
        found.append("it is in the wrong language")
    numbers = unstated_numbers(sentence, f"{evidence.article}\n{evidence.source}")
    if numbers:
        found.append(f"the article does not say {', '.join(numbers)}")
    unknown = _unknown_names(sentence, evidence)
    if unknown:
        found.append(f"the article does not name {', '.join(unknown)}")
    if _support(sentence, evidence.passage) < _PASSAGE_SUPPORT:
        found.append("it strays from the passage")
    if _support(sentence, evidence.article) < _ARTICLE_SUPPORT:
        found.append("too many of its words are not in the article")
    if _copies_example(sentence, evidence):
        found.append("it repeats an example of the prompt")
    return found


def _wrong_language(sentence: str, language: str) -> bool:
    if cyrillic_share(sentence):
        return True
    plain = [word for word in words(sentence) if word[0].islower()]
    marked = sum(map(is_vietnamese, plain))
    return marked < 0.25 * len(plain) if language == "vi" else marked > 0.1 * len(plain)


def _unknown_names(sentence: str, evidence: Evidence) -> list[str]:
    """Names, and the first word, which may be one, that the article does not contain.

    Both are in one language, so letters are compared; to sound alike is not enough.
    """
    first = [word for word in words(sentence)[:1] if len(word) > 3]
    known = set(stems(evidence.article))
    found = dict.fromkeys([*first, *names(sentence)])
    return [word for word in found if not set(stems(word)) <= known]


def _support(sentence: str, text: str) -> float:
    wanted = stems(sentence)
    known = set(stems(text))
    return sum(stem in known for stem in wanted) / len(wanted) if wanted else 0.0


def _copies_example(sentence: str, evidence: Evidence) -> bool:
    copied = _runs(sentence) & _runs(evidence.examples)
    return bool(copied - _runs(evidence.article))


def _runs(text: str) -> set[tuple[str, ...]]:
    tokens = [token.lower() for token in words(text)]
    return set(_windows(tokens))


def _windows(tokens: list[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(tokens[offset:] for offset in range(_COPIED_WORDS)), strict=False)

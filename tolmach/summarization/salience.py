"""Which sentences of an article carry it: centrality, position, figures, and no sentence twice.

Centrality is the continuous degree of LexRank (Erkan and Radev 2004): the sum of a sentence's
cosines with all others, words weighted by rarity. It is the product of the sentence's vector with
the sum of all, so that it takes no matrix of sentences by sentences and a long text costs no more
than its words. Sentences are then taken one by one so that each adds something (maximal marginal
relevance, Carbonell and Goldstein 1998) and the parts of the article are represented.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tolmach.summarization.lexicon import content, similarity, stems

__all__ = ["DEFAULT", "Weights", "salience", "select", "similarity", "stems"]

# sentences that share more of their stems say the same, whatever their weight
_SAID = 0.85
_GOOD_LENGTH = (60, 420)
# questions and exclamations, lines that begin with who says them, and addresses: news say what
# happened elsewhere
_ASIDE = re.compile(r"[?!]\s*[»”\"]?$|^[А-ЯЁ][\w .,-]{2,60}: |https?:|www\.|\w@\w")
# what begins with these speaks of something that stands elsewhere
_ANAPHORA = re.compile(
    r"(?:он|она|они|оно|это|этот|эта|эти|его|её|их|при этом|кроме того|также|затем|потом|однако"
    r"|поэтому|сразу после|там|he|she|they|it|this|these|his|her|their|also|then|however"
    r"|moreover|ông ấy|bà ấy|họ|đây|điều này|ngoài ra|tuy nhiên|sau đó)(?!\w)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[^\W\d_][ ,])[«“\"]?[A-ZÀ-ỸĐА-ЯЁ]\w+")
_ENOUGH_NAMES = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes a sentence salient; centrality is scaled to 1.

    The defaults are what did well on average over many random settings, each weight by itself, on
    the sample articles of the project (``benchmarks/summaries.py --references``); the best single
    setting of the search scored higher there, and would have learned the samples by heart.

    Attributes:
        lead: for the first sentence, half of it for the second, a third for the next.
        opening: for the first sentence of a part.
        figures: for a sentence with a number in it.
        names: for one with three names or more, less for fewer.
        title: for one that has all words of the title.
        redundancy: taken off for what chosen sentences say already.
        crowding: taken off for standing beside a chosen sentence.
        anaphora: taken off for a beginning such as "he" or "however".
        length: for a sentence as long as those of the best length, by which longer ones gain.
    """

    lead: float = 0.6
    opening: float = 0.3
    figures: float = 0.2
    names: float = 0.1
    title: float = 0.3
    redundancy: float = 0.7
    crowding: float = 0.8
    length: float = 0.1
    anaphora: float = 0.15


DEFAULT = Weights()


def select(
    sentences: Sequence[str],
    *,
    count: int,
    title: str = "",
    parts: Sequence[Sequence[int]] = (),
    excluded: Collection[int] = (),
    weights: Weights = DEFAULT,
) -> list[int]:
    """Choose the sentences that represent an article.

    Args:
        sentences: of the article proper, in order.
        count: how many to choose.
        title: words of the title make a sentence more salient.
        parts: places of the sentences of each part; each part is represented before any is
            represented twice, the most salient parts first.
        excluded: places of sentences that are not taken, though they count for others.
        weights: what counts.

    Returns:
        Indexes in the order of the article; fewer than ``count`` if there are fewer.
    """
    allowed = [place for place in range(len(sentences)) if place not in excluded]
    if len(allowed) <= count:
        return allowed
    found = [content(sentence) for sentence in sentences]
    values = salience(sentences, title=title, parts=parts, weights=weights, found=found)
    return sorted(
        _spread(values, [frozenset(words) for words in found], count, parts, allowed, weights)
    )


def _spread(
    values: Sequence[float],
    sets: Sequence[frozenset[str]],
    count: int,
    parts: Sequence[Sequence[int]],
    allowed: Sequence[int],
    weights: Weights,
) -> list[int]:
    """Take sentences one by one, each for what it adds to those that are taken."""
    part_of = {place: number for number, part in enumerate(parts) for place in part}
    # what a sentence loses to the chosen ones, kept so that each step looks at one of them only
    same = [0.0] * len(sets)
    near = [0.0] * len(sets)
    rest = set(allowed)
    chosen: list[int] = []
    taken: set[int] = set()
    while len(chosen) < count:
        everywhere = {part_of.get(place, -1) for place in rest} <= taken
        best = max(
            sorted(rest),
            key=lambda place: (
                same[place] <= _SAID,
                not parts or everywhere or part_of.get(place, -1) not in taken,
                values[place] - weights.redundancy * same[place] - weights.crowding * near[place],
            ),
        )
        chosen.append(best)
        rest.discard(best)
        taken.add(part_of.get(best, -1))
        for place in rest:
            same[place] = max(same[place], _dice(sets[place], sets[best]))
            near[place] = max(near[place], 1 - 4 * abs(place - best) / len(sets))
    return chosen


def salience(
    sentences: Sequence[str],
    *,
    title: str = "",
    parts: Sequence[Sequence[int]] = (),
    weights: Weights = DEFAULT,
    found: Sequence[Sequence[str]] | None = None,
) -> list[float]:
    """Return how much each sentence carries; see :func:`select`.

    Args:
        sentences: in order.
        title: of the article.
        parts: places of the sentences of each part.
        weights: what counts.
        found: the words of the sentences, if they are at hand.
    """
    found = found if found is not None else [content(sentence) for sentence in sentences]
    values = _centrality(found)
    headline = set(content(title))
    openings = {part[0] for part in parts if part}
    for index, sentence in enumerate(sentences):
        values[index] += _bonus(index, sentence, found[index], headline, weights)
        if index in openings:
            values[index] += weights.opening
    return values


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _centrality(found: Sequence[Sequence[str]]) -> list[float]:
    documents = Counter(word for sentence in found for word in set(sentence))
    rarity = {word: math.log(1 + len(found) / number) for word, number in documents.items()}
    vectors: list[dict[str, float]] = []
    total: dict[str, float] = {}
    for sentence in found:
        weighted = {word: n * rarity[word] for word, n in Counter(sentence).items()}
        norm = math.sqrt(sum(value * value for value in weighted.values())) or 1.0
        vectors.append({word: value / norm for word, value in weighted.items()})
        for word, value in vectors[-1].items():
            total[word] = total.get(word, 0.0) + value
    # no sentence votes for itself: its cosine with itself is 1
    degrees = [
        sum(value * total[word] for word, value in vector.items()) - bool(vector)
        for vector in vectors
    ]
    top = max(degrees, default=0.0)
    return [value / top if top > 0 else 0.0 for value in degrees]


def _bonus(
    index: int, sentence: str, found: Sequence[str], headline: set[str], weights: Weights
) -> float:
    bonus = weights.lead / (1 + index)
    if re.search(r"\d", sentence):
        bonus += weights.figures
    if weights.names:
        bonus += weights.names * min(_ENOUGH_NAMES, len(_NAME.findall(sentence))) / _ENOUGH_NAMES
    if headline:
        bonus += weights.title * len(headline & set(found)) / len(headline)
    bonus += weights.length * min(1.0, len(sentence) / _GOOD_LENGTH[1])
    if not _GOOD_LENGTH[0] <= len(sentence) <= _GOOD_LENGTH[1]:
        bonus -= 0.5
    if _ANAPHORA.match(sentence):
        bonus -= weights.anaphora
    if _ASIDE.search(sentence):
        bonus -= 1.0
    return bonus

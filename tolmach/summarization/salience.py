"""Which sentences of an article carry it: centrality, position, figures, and no sentence twice.

Centrality is TextRank's (Mihalcea and Tarau 2004): PageRank over the similarity of sentences,
here the cosine of their stems weighted by rarity. Sentences are then taken one by one so that
each adds something (maximal marginal relevance, Carbonell and Goldstein 1998) and the whole
article is represented, not only its head.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tolmach.languages import is_vietnamese

__all__ = ["select", "similarity", "stems"]

_WORD = re.compile(r"[^\W\d_]+|\d[\d.,]*\d|\d")
# Russian inflects at the end: five letters tell most words apart and join their forms; shorter
# words are function words, except in Vietnamese, which writes syllables apart
_STEM_LETTERS = 5
_SHORTEST_STEM = 4
_DAMPING = 0.85
_ROUNDS = 30
# weights found by comparing with reference summaries; centrality is scaled to 1
_LEAD_BONUS = 0.6
_FIGURES_BONUS = 0.15
_REDUNDANCY = 0.7
_CROWDING = 0.25
# sentences that share more of their stems say the same, whatever their weight
_SAID = 0.85
_GOOD_LENGTH = (60, 420)
# questions, and lines that begin with who says them: what is said stands in the answer
_QUESTION = re.compile(r"\?\s*[»”\"]?$|^[А-ЯЁ][\w .,-]{2,60}: ")


def stems(text: str) -> list[str]:
    """Return the rough stems of the words and the numbers of a text."""
    return [
        word[:_STEM_LETTERS]
        for word in _WORD.findall(text.lower().replace("ё", "е"))
        if len(word) >= _SHORTEST_STEM or word[0].isdigit() or is_vietnamese(word)
    ]


def similarity(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of stems that two sentences have in common, 0 to 1 (Dice)."""
    left, right = set(one), set(other)
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def select(sentences: Sequence[str], *, count: int, title: str = "") -> list[int]:
    """Choose the sentences that represent an article.

    Args:
        sentences: of the article proper, in order.
        count: how many to choose.
        title: words of the title make a sentence more salient.

    Returns:
        Indexes in the order of the article; fewer than ``count`` if there are fewer.
    """
    if len(sentences) <= count:
        return list(range(len(sentences)))
    found = [stems(sentence) for sentence in sentences]
    salience = _centrality(found)
    headline = set(stems(title))
    for index, sentence in enumerate(sentences):
        salience[index] += _bonus(index, sentence, found[index], headline)
    chosen: list[int] = []
    while len(chosen) < count:
        rest = [index for index in range(len(sentences)) if index not in chosen]
        chosen.append(max(rest, key=lambda index: _gain(index, chosen, salience, found)))
    return sorted(chosen)


def _centrality(found: Sequence[Sequence[str]]) -> list[float]:
    documents = Counter(stem for sentence in found for stem in set(sentence))
    rarity = {stem: math.log(1 + len(found) / number) for stem, number in documents.items()}
    columns = {stem: column for column, stem in enumerate(rarity)}
    # (sentences, stems): weight of each stem in each sentence
    matrix = np.zeros((len(found), max(1, len(columns))))
    for row, sentence in enumerate(found):
        for stem, number in Counter(sentence).items():
            matrix[row, columns[stem]] = number * rarity[stem]
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(norms == 0, 1, norms)
    # (sentences, sentences): cosine, no sentence votes for itself
    links = matrix @ matrix.T
    np.fill_diagonal(links, 0)
    totals = links.sum(axis=1, keepdims=True)
    links /= np.where(totals == 0, 1, totals)
    rank = np.full(len(found), 1 / len(found))
    for _ in range(_ROUNDS):
        rank = (1 - _DAMPING) / len(found) + _DAMPING * (rank @ links)
    top = rank.max()
    return [float(value / top) if top else 0.0 for value in rank]


def _bonus(index: int, sentence: str, found: Sequence[str], headline: set[str]) -> float:
    bonus = _LEAD_BONUS / (1 + index)
    if re.search(r"\d", sentence):
        bonus += _FIGURES_BONUS
    if headline:
        bonus += 0.3 * len(headline & set(found)) / len(headline)
    if not _GOOD_LENGTH[0] <= len(sentence) <= _GOOD_LENGTH[1]:
        bonus -= 0.5
    if _QUESTION.search(sentence):
        bonus -= 1.0
    return bonus


def _gain(
    index: int,
    chosen: Sequence[int],
    salience: Sequence[float],
    found: Sequence[Sequence[str]],
) -> float:
    """Salience less what the chosen sentences say already, and less for their neighbours."""
    if not chosen:
        return salience[index]
    same = max(similarity(found[index], found[other]) for other in chosen)
    if same > _SAID:
        return -math.inf
    distance = min(abs(index - other) for other in chosen) / len(found)
    return salience[index] - _REDUNDANCY * same - _CROWDING * max(0.0, 1 - 4 * distance)

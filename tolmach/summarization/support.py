"""Which sentences of the article a summary sentence rests on, and where summaries are cut."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cached_property

from tolmach.summarization.lexicon import content
from tolmach.summarization.view import View

__all__ = ["Support", "sentences_of"]

_MOST_SOURCES = 4
# a further source must account for so much of what the first ones leave open, and of the whole
_ADDS = 0.15
_BOUNDARY = re.compile(r"(?<=[.!?…])[”\"'»)\]]*\s+(?=[“\"«(\[]?[A-ZÀ-ỸĐА-ЯЁ\d])")
# what a full stop follows inside a sentence
_ABBREVIATED = re.compile(
    r"(?:^|[\s(«“\"])(?:[A-ZА-ЯЁĐ]|Mr|Mrs|Ms|Dr|St|Prof|Gen|No|vs|U\.S|U\.N|e\.g|i\.e|a\.m|p\.m"
    r"|TP|TS|PGS|GS|ThS|г|гг|им|ул|т\.е|т\.д|т\.п|тыс|млн|млрд|руб|долл|см|стр)\.$"
)


class Support:
    """Finds, in one view, what texts rest on; the words of the units are looked up once."""

    def __init__(self, view: View) -> None:
        """Take the view."""
        self._view = view
        self._found = [frozenset(content(unit.text)) for unit in view.units]

    @cached_property
    def _rarity(self) -> dict[str, float]:
        documents = Counter(word for words in self._found for word in words)
        count = len(self._found)
        return {word: math.log(1 + count / number) for word, number in documents.items()}

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, words in enumerate(self._found):
            for word in words:
                places.setdefault(word, []).append(place)
        return places

    def sources(self, text: str) -> tuple[int, ...]:
        """Return the units a text rests on, in order; none if it shares no word with any."""
        open_words = {word for word in content(text) if word in self._rarity}
        whole = sum(self._rarity[word] for word in open_words)
        chosen: list[int] = []
        while open_words and len(chosen) < _MOST_SOURCES:
            weights: Counter[int] = Counter()
            for word in open_words:
                for place in self._places[word]:
                    weights[place] += self._rarity[word]  # type: ignore[assignment]
            # of equals the first one, which is where news say a thing
            best, weight = max(weights.items(), key=lambda item: (item[1], -item[0]))
            if chosen and weight < _ADDS * whole:
                break
            chosen.append(best)
            open_words -= self._found[best]
        return tuple(sorted(chosen))


def sentences_of(text: str) -> list[str]:
    """Divide what a model wrote into sentences, in any of the three languages."""
    found: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if _ABBREVIATED.search(text[max(start, match.start() - 12) : match.start()]):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]

"""A sentence that every model must translate sensibly before it is used.

A model can be whole, load without a word and still write nonsense: a forgotten language token, a
wrong scale of the output layer, a vocabulary that is shifted by one. What is written then is
fluent often enough that no number gives it away, but it is in the wrong language, empty, repeats
itself or is the source again; the guards of translation find that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tolmach.catalog.cards import Card
from tolmach.document import Severity
from tolmach.errors import ModelError
from tolmach.inference.base import ChainModel, Hypothesis, TextModel
from tolmach.languages import NAMES
from tolmach.translation.guards import inspect

__all__ = ["SENTENCES", "check", "sentences"]

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "ru": "Вчера министр иностранных дел провёл в столице переговоры с делегацией соседней "
        "страны и рассказал журналистам об их итогах.",
        "en": "Yesterday the foreign minister held talks in the capital with a delegation from the "
        "neighbouring country and told journalists about the results.",
        "vi": "Hôm qua, bộ trưởng ngoại giao đã hội đàm tại thủ đô với phái đoàn của nước láng "
        "giềng và thông báo kết quả cho các nhà báo.",
    }
)
"""The same sentence in each language: what is translated, and what could come out."""

# a translation shares its names and numbers with the source, but hardly whole runs of words
_COPIED_WORDS = 0.6
_MAX_SHOWN = 120


def sentences(card: Card) -> dict[str, str]:
    """Return the sentence to translate for each direction; empty if the card wants no check."""
    if card.canary is not None:
        return dict(card.canary)
    return {pair: SENTENCES[pair[:2]] for pair in card.pairs}


def check(model: TextModel | ChainModel, card: Card) -> None:
    """Translate the canary of each direction and look at what comes out.

    Args:
        model: the loaded model.
        card: says which sentences, see :func:`sentences`.

    Raises:
        ModelError: an output cannot be a translation; the message names the model, the direction,
            the output and the reason.
    """
    for pair, text in sentences(card).items():
        source, _, target = pair.partition("-")
        found = _translate(model, text, source=source, target=target)
        reason = _reason(text, found, to=target)
        if reason:
            shown = found.text[:_MAX_SHOWN] + ("..." if len(found.text) > _MAX_SHOWN else "")
            raise ModelError(
                f"model {card.name} does not translate {NAMES[source]} to {NAMES[target]}: "
                f"{reason}. For {text!r} it writes {shown!r}"
            )


def _translate(model: TextModel | ChainModel, text: str, *, source: str, target: str) -> Hypothesis:
    if isinstance(model, ChainModel):
        found = Hypothesis(text, 0.0, True)
        for stage, reads, writes in model.stages:
            found = _translate(stage, found.text, source=reads, target=writes)
        return found
    ((best, *_),) = model.generate([model.encode(text, source=source, target=target)])
    return best


def _reason(text: str, found: Hypothesis, *, to: str) -> str:
    """Return what is wrong with an output, empty if nothing is."""
    # a copy is in the wrong language as well, but this says it better
    if _copied(text, found.text):
        return "it repeats the source"
    wrong = [
        warning.message
        for warning in inspect(text, found.text, to=to, finished=found.finished)
        if warning.severity is Severity.ERROR
    ]
    return "; ".join(wrong)


def _copied(text: str, output: str) -> bool:
    source, target = text.lower().split(), output.lower().split()
    if not target:
        return False
    return sum(word in source for word in target) > _COPIED_WORDS * len(target)

"""Model runs that summaries ask for, batched over all of them.

Making a summary is a coroutine: it yields the model runs it needs, *requests*, and is sent their
answers. Coroutines of many documents are driven together, so that their requests share batches,
round by round: first the parts of all long texts, then the wholes, then what must be tried again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tolmach.batching import distinct
from tolmach.inference.base import Decoding, Hypothesis, TextModel
from tolmach.inference.dispatch import generate_all

__all__ = ["Answers", "Plan", "Request", "fits", "run"]

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """A text to condense.

    Attributes:
        text: what the model is to read; it fits (:func:`fits`).
        model: which model.
        language: of the text and of the answer.
        decoding: how to search.
    """

    text: str
    model: TextModel
    language: str
    decoding: Decoding


Answers = list[tuple[Hypothesis, ...]]
"""For each request its candidates, best first; none where the engine failed."""

Plan = Generator[Sequence[Request], Answers, T]
"""Yields requests, is sent their answers, and returns what was to be made."""

# what a model that reads prompts needs for its answer
_ROOM = 90
_EMPTY: tuple[Hypothesis, ...] = ()


def fits(text: str, model: TextModel, language: str) -> bool:
    """Tell whether a model can read a text whole: nothing is ever cut off in silence."""
    encoded = model.encode(text, source=language, target=language)
    if model.context_tokens:
        return len(encoded) + _ROOM <= model.context_tokens
    return encoded.text_tokens <= model.max_source_tokens


def run(plans: Sequence[Plan[T]]) -> list[T | Exception]:
    """Drive plans to their ends, their requests batched together.

    Args:
        plans: coroutines that have not begun.

    Returns:
        For each plan what it returned, or the error that ended it: one never stops the others.
    """
    results: dict[int, T | Exception] = {}
    waiting: dict[int, Sequence[Request]] = {}
    for number, plan in enumerate(plans):
        _step(number, plan, None, waiting, results)
    while waiting:
        asked = dict(waiting)
        waiting.clear()
        answers = _answers([request for requests in asked.values() for request in requests])
        start = 0
        for number, requests in asked.items():
            share = answers[start : start + len(requests)]
            start += len(requests)
            _step(number, plans[number], share, waiting, results)
    return [results[number] for number in range(len(plans))]


def _step(
    number: int,
    plan: Plan[T],
    answers: Answers | None,
    waiting: dict[int, Sequence[Request]],
    results: dict[int, T | Exception],
) -> None:
    try:
        waiting[number] = next(plan) if answers is None else plan.send(answers)
    except StopIteration as done:
        results[number] = done.value
    except Exception as error:
        # of one document; who asked decides what becomes of it
        results[number] = error


def _answers(requests: Sequence[Request]) -> Answers:
    found: dict[int, tuple[Hypothesis, ...]] = {}
    groups = distinct((id(request.model), request.decoding) for request in requests)
    for places in groups.values():
        first = requests[places[0]]
        # the same text may be asked for twice, by a headline and a lead
        texts = distinct((requests[place].text, requests[place].language) for place in places)
        rows = [
            first.model.encode(text, source=language, target=language) for text, language in texts
        ]
        results = generate_all(first.model, rows, decoding=first.decoding)
        for members, hypotheses in zip(texts.values(), results, strict=True):
            found.update(dict.fromkeys((places[member] for member in members), hypotheses))
    return [found.get(place, _EMPTY) for place in range(len(requests))]

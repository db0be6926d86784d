"""What the words of a translation attend to in their source, where that is a word alignment.

OPUS-MT's models of the kind ``transformer-align`` were trained with guided alignment (W. Chen et
al., "Guided alignment training for topic-aware neural machine translation", 2016): the first head
of the last decoder layer's cross-attention was taught the links that a word aligner had found. The
attention of other models looks at much else besides, so a card has to say that it is of this kind.

The target is not searched for but given: the attention follows from source, target and model
alone, wherever the target comes from.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias, runtime_checkable

from tolmach.batching import plan
from tolmach.document import Span
from tolmach.errors import GenerationError
from tolmach.inference.base import Encoded, TextModel

__all__ = [
    "Attended",
    "Attending",
    "Located",
    "Locating",
    "Weights",
    "attend",
    "can_attend",
    "compact",
]

Weights: TypeAlias = Sequence[Sequence[float]]
"""For each token of an output, how much it attends to each token of the source; rows sum to 1."""

_MOST_ROWS = 64


def compact(weights: Iterable[Iterable[float]]) -> Weights:
    """Return weights in single precision, as networks have them, in little memory."""
    return tuple(array("f", row) for row in weights)


@dataclass(frozen=True, slots=True)
class Located:
    """An encoded text and where its tokens come from.

    Attributes:
        encoded: what the engine reads.
        spans: in the text, one for each token; None for tokens that stand for none of it.
    """

    encoded: Encoded
    spans: tuple[Span | None, ...]


@runtime_checkable
class Locating(Protocol):
    """A codec that knows where tokens come from; None where it cannot tell."""

    def locate(self, text: str, *, source: str, target: str) -> Located | None:
        """Encode one text for one direction."""
        ...

    def locate_output(self, text: str) -> tuple[tuple[str, ...], tuple[Span, ...]] | None:
        """Return the tokens of a text on the output's side, and their places in it."""
        ...


@runtime_checkable
class Attending(Protocol):
    """An engine that tells what the tokens of a given output attend to."""

    def attention(
        self, batch: Sequence[Encoded], outputs: Sequence[Sequence[str]]
    ) -> list[Weights]:
        """Return the attention of the last layer's first head for each row.

        Args:
            batch: what is read.
            outputs: the tokens that are taken for the outputs, without prefix and end.

        Raises:
            GenerationError: the engine failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Attended:
    """The attention between a text and its translation.

    Attributes:
        source: where the source's tokens come from, None for those that stand for none of it.
        target: where the target's tokens come from.
        weights: for each token of the target.
    """

    source: tuple[Span | None, ...]
    target: tuple[Span, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class _Row:
    place: int
    source: Located
    tokens: tuple[str, ...]
    target: tuple[Span, ...]

    def __len__(self) -> int:
        return max(len(self.source.encoded), len(self.tokens))


def can_attend(model: object) -> bool:
    """Tell whether a model's attention is a word alignment that can be had."""
    return (
        isinstance(model, TextModel)
        and model.alignment
        and isinstance(model.codec, Locating)
        and isinstance(model.engine, Attending)
    )


def attend(
    model: TextModel, documents: Sequence[Sequence[tuple[str, str]]], *, source: str, target: str
) -> list[list[Attended | None]]:
    """Return the attention between texts and their translations.

    The texts of a document share batches, different documents do not: what comes out for one does
    not depend on its neighbours, not even by rounding. Batches run on all workers of the engine.

    Args:
        model: one that :func:`can_attend`.
        documents: for each the texts with their translations.
        source: language code.
        target: language code.

    Returns:
        One for each pair; None if one of its texts is empty or too long for the network, its
        tokens do not spell it, or the engine failed on it.
    """
    found: list[list[Attended | None]] = [[None] * len(pairs) for pairs in documents]
    codec, engine = model.codec, model.engine
    if not isinstance(codec, Locating) or not isinstance(engine, Attending):
        return found
    with ThreadPoolExecutor(model.engine.workers, "tolmach-attention") as pool:
        running = []
        for pairs, results in zip(documents, found, strict=True):
            rows = []
            for place, (text, translation) in enumerate(pairs):
                read = codec.locate(text, source=source, target=target)
                written = codec.locate_output(translation)
                if read and written and _fits(read, written[0], model):
                    rows.append(_Row(place, read, *written))
            lengths = [len(row) for row in rows]
            for batch in plan(lengths, budget=model.batch_tokens, rows=_MOST_ROWS):
                chosen = [rows[index] for index in batch]
                running.append((results, pool.submit(partial(_run, engine, chosen))))
        for results, future in running:
            for place, attended in future.result():
                results[place] = attended
    return found


def _fits(read: Located, tokens: Sequence[str], model: TextModel) -> bool:
    return (
        0 < read.encoded.text_tokens <= model.max_source_tokens
        and 0 < len(tokens) < model.max_output_tokens
    )


def _run(engine: Attending, rows: Sequence[_Row]) -> list[tuple[int, Attended]]:
    """Run a batch; what the engine fails on, as for want of memory, is tried again in halves."""
    found: list[tuple[int, Attended]] = []
    waiting = deque([rows])
    while waiting:
        batch = waiting.popleft()
        try:
            weights = engine.attention(
                [row.source.encoded for row in batch], [row.tokens for row in batch]
            )
        except GenerationError:
            middle = len(batch) // 2
            waiting.extend(half for half in (batch[:middle], batch[middle:]) if middle)
            continue
        found += [
            (row.place, Attended(row.source.spans, row.target, one))
            for row, one in zip(batch, weights, strict=True)
        ]
    return found

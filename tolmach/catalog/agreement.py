"""Does a converted model compute what the checkpoint computes?

After each conversion a fixed output is forced on both, and the log probabilities of its tokens are
compared: CTranslate2's ``score_batch`` against the logits of torch. A wrong scale, a missing bias,
a shifted vocabulary or swapped weights show at once, long before a translation would look odd.

A log probability of -0.1 that comes out as -0.2 says more than one of -40 that comes out as -41,
and rounding to 8 bits moves both; so differences are taken relative to ``1 + |log probability|``
and averaged. Measured on the random checkpoints of ``tests/test_conversion.py``, for all families:
at most 2e-6 in float32 and 0.13 with int8 weights; a wrong output scale of T5 gives 0.37 to 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.catalog.canary import SENTENCES
from tolmach.errors import PreparationError
from tolmach.inference.base import Encoded
from tolmach.inference.codecs import VocabularyCodec

__all__ = ["TOLERANCES", "Sample", "check", "converted_scores", "difference", "samples", "scores"]

TOLERANCES: Mapping[str, float] = MappingProxyType(
    {"float32": 1e-3, "float16": 0.03, "bfloat16": 0.15, "int8": 0.25}
)
"""Largest mean difference by storage type."""

Scores = list[tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A source and the output that is forced for it, without its end.

    Attributes:
        pair: the direction.
        source: what the network reads.
        target: tokens of the output, the prefix first.
    """

    pair: str
    source: Encoded
    target: tuple[str, ...]


def samples(codec: VocabularyCodec, pairs: Sequence[str]) -> tuple[Sample, ...]:
    """Return the canary sentences of the directions, each with its counterpart as the output."""
    made = []
    for pair in pairs:
        source, _, target = pair.partition("-")
        row = codec.encode(SENTENCES[source], source=source, target=target)
        made.append(Sample(pair, row, (*row.target_prefix, *codec.target(SENTENCES[target]))))
    return tuple(made)


def scores(model: Any, codec: VocabularyCodec, items: Sequence[Sample]) -> Scores:
    """Return torch's log probability of every token of each sample, its end included.

    Args:
        model: an encoder-decoder model of ``transformers``, on the CPU.
        codec: gives the vocabulary indexes.
        items: the samples.
    """
    import torch

    found: Scores = []
    start = model.config.decoder_start_token_id
    with torch.inference_mode():
        for item in items:
            output = codec.to_ids([*item.target, *codec.end_tokens[:1]])
            # (1, source) and (1, target): the decoder reads what it is to write, one place later
            logits = model(
                input_ids=torch.tensor([codec.to_ids(item.source.tokens)]),
                decoder_input_ids=torch.tensor([[start, *output[:-1]]]),
            ).logits[0]
            if model.config.model_type == "marian":
                # CTranslate2 has no row for the padding, which is never written
                logits[:, model.config.pad_token_id] = float("-inf")
            steps = torch.log_softmax(logits.float(), dim=-1)
            found.append(tuple(float(steps[at, token]) for at, token in enumerate(output)))
    return found


def converted_scores(folder: Path, items: Sequence[Sample], *, precision: str) -> Scores:
    """Return CTranslate2's log probability of every token of each sample, its end included.

    Args:
        folder: the converted model.
        items: the samples.
        precision: compute type.
    """
    import ctranslate2

    model = ctranslate2.Translator(str(folder), device="cpu", compute_type=precision)
    found = model.score_batch(
        [list(item.source.tokens) for item in items],
        [list(item.target) for item in items],
        max_input_length=0,
    )
    return [tuple(map(float, result.log_probs)) for result in found]


def difference(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the mean difference of two rows of log probabilities, relative to their size."""
    if len(one) != len(other):
        return float("inf")
    apart = [abs(a - b) / (1 + min(abs(a), abs(b))) for a, b in zip(one, other, strict=True)]
    return sum(apart) / max(1, len(apart))


def check(
    name: str,
    items: Sequence[Sample],
    *,
    reference: Scores,
    folder: Path,
    quantization: str,
) -> None:
    """Compare a converted model with its checkpoint.

    Args:
        name: of the model, for messages.
        items: the samples that were scored.
        reference: what :func:`scores` has found.
        folder: the converted model.
        quantization: its storage type.

    Raises:
        PreparationError: they differ too much; the message has the figures.
    """
    precision = "int8" if quantization.startswith("int8") else "float32"
    found = converted_scores(folder, items, precision=precision)
    allowed = TOLERANCES.get(quantization.partition("_")[0], TOLERANCES["int8"])
    for item, one, other in zip(items, reference, found, strict=True):
        apart = difference(one, other)
        if not apart <= allowed:  # not a number is refused as well
            raise PreparationError(
                f"model {name}: the converted model does not compute what the checkpoint computes. "
                f"{item.pair}: mean log probability {_mean(other):.3f} instead of {_mean(one):.3f} "
                f"for a forced output of {len(one)} tokens, difference {apart:.3g}, allowed "
                f"{allowed:g} ({quantization}). Please report it with the model's name; "
                "engine: torch runs the checkpoint itself"
            )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))

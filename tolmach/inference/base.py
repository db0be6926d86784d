"""What a model is to the rest of tolmach: a codec that knows text, an engine that knows tokens.

::

    text --Codec.encode--> Encoded --Engine.generate--> RawHypothesis --Codec.decode--> Hypothesis

:class:`TextModel` joins the two. Everything above it speaks of texts, everything below of tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Protocol

from pydantic import Field

from tolmach.batching import distinct
from tolmach.config.schema import Options

__all__ = [
    "ChainModel",
    "Codec",
    "Decoding",
    "Encoded",
    "Engine",
    "Hypothesis",
    "RawHypothesis",
    "TextModel",
]


# caps of beam search are multiples of this, in tokens
_CAP_STEP = 64
# least lengths are multiples of this, and below this
_LEAST_STEP, _MOST_STEPS = 8, 4096


class Decoding(Options):
    """How an engine searches for the output; to an engine ``min_length`` holds as it is.

    Attributes:
        beam: number of beams; 1 is greedy.
        candidates: how many hypotheses to return, at most ``beam``.
        length_penalty: exponent of the length in the score of a beam.
        repetition_penalty: above 1 discourages tokens that were already written.
        no_repeat_ngram: n-grams of this size are never written twice; 0 switches it off.
        min_length: output tokens before the end is allowed, where the source is long enough.
        min_length_ratio: of them, at most so many for each token of source text.
        max_length_ratio: output tokens allowed for each token of source text.
        max_length_extra: output tokens allowed beyond that.
    """

    beam: int = Field(default=1, ge=1)
    candidates: int = Field(default=1, ge=1)
    length_penalty: float = 1.0
    repetition_penalty: float = Field(default=1.0, gt=0)
    no_repeat_ngram: int = Field(default=0, ge=0)
    min_length: int = Field(default=0, ge=0)
    min_length_ratio: float = Field(default=0.5, ge=0)
    max_length_ratio: float = Field(default=2.0, ge=0)
    max_length_extra: int = Field(default=16, ge=1)

    def max_new_tokens(self, source_tokens: int) -> int:
        """Return the cap on the output for a source of so many tokens."""
        return int(source_tokens * self.max_length_ratio) + self.max_length_extra

    def min_new_tokens(self, source_tokens: int) -> int:
        """Return how long the output must be for a source of so many tokens.

        A fixed minimum pads the summaries of short texts, so it is scaled down for them.
        """
        return min(self.min_length, int(source_tokens * self.min_length_ratio))

    def signature(self) -> str:
        """Return the settings that decide the output, in one short line."""
        parts = ["greedy" if self.beam == 1 else f"beam{self.beam}"]
        if self.beam > 1 and self.length_penalty != 1.0:
            parts.append(f"lp{self.length_penalty:g}")
        if self.repetition_penalty != 1.0:
            parts.append(f"rp{self.repetition_penalty:g}")
        if self.no_repeat_ngram:
            parts.append(f"ngram{self.no_repeat_ngram}")
        if self.min_length:
            parts.append(f"min{self.min_length}")
        return ",".join(parts)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text ready for an engine.

    Attributes:
        tokens: everything the engine reads, special tokens and prompt included.
        text_tokens: how many of them stand for the text itself.
        target_prefix: what the output must begin with, such as a language token; engines force it
            and leave it out of what they return.
    """

    tokens: tuple[str, ...]
    text_tokens: int
    target_prefix: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True, slots=True)
class RawHypothesis:
    """What an engine wrote, special tokens left out.

    Attributes:
        tokens: the output.
        score: log probability, normalised as the engine does it.
        finished: false if the length cap cut it off.
    """

    tokens: tuple[str, ...]
    score: float
    finished: bool


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One candidate output as text.

    Attributes:
        text: without white space around it.
        score: log probability, normalised as the engine does it.
        finished: false if the length cap cut it off.
        tokens: what the text was made of.
    """

    text: str
    score: float
    finished: bool
    tokens: tuple[str, ...] = ()


class Codec(Protocol):
    """Turns text into the tokens a model was trained on, and back."""

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """Tokens that end the output."""
        ...

    def encode(self, text: str, *, source: str, target: str) -> Encoded:
        """Encode one text for one direction."""
        ...

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of output tokens."""
        ...

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the vocabulary indexes of tokens."""
        ...

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at vocabulary indexes."""
        ...


class Engine(Protocol):
    """Runs one batch of token rows through a network. Must be safe to call from threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """Name and version of the engine, device and precision."""
        ...

    @property
    def workers(self) -> int:
        """How many batches it can run at the same time."""
        ...

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,
        end_tokens: Sequence[str],
    ) -> list[tuple[RawHypothesis, ...]]:
        """Return the candidates for each row, best first.

        Raises:
            GenerationError: the engine failed.
        """
        ...

    def close(self) -> None:
        """Free what the network holds."""
        ...


@dataclass(frozen=True, eq=False)
class TextModel:
    """A loaded model: a codec, an engine and how to decode. Equal only to itself.

    Attributes:
        name: name of its card.
        codec: text to tokens and back.
        engine: runs the network.
        decoding: default search settings.
        pairs: directions it can translate, as ``(source, target)`` codes.
        max_source_tokens: the longest text it is to be given, in tokens.
        max_output_tokens: the longest output it can write, in tokens.
        context_tokens: the most it can take with prompt and output, in tokens; 0 if unlimited.
        batch_tokens: default budget of padded tokens for a batch.
        draft: whether its output must be labelled as draft quality.
        names_in_source: whether it is to read names in the letters of the target language.
        alignment: whether its attention was trained to be a word alignment, see
            :mod:`tolmach.inference.attending`.
        examples: the examples in its condensing prompts, by language.
        details: what else belongs into a signature (revision, adapter).
    """

    name: str
    codec: Codec
    engine: Engine
    decoding: Decoding
    pairs: frozenset[tuple[str, str]]
    max_source_tokens: int = 256
    max_output_tokens: int = 512
    context_tokens: int = 0
    batch_tokens: int = 2048
    draft: bool = False
    names_in_source: bool = False
    alignment: bool = False
    examples: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def signature(self) -> Mapping[str, str]:
        """What decides the output of this model."""
        return MappingProxyType(
            {
                "model": self.name,
                **self.details,
                **self.engine.signature,
                "decoding": self.decoding.signature(),
            }
        )

    def encode(self, text: str, *, source: str, target: str) -> Encoded:
        """Encode one text for one direction."""
        return self.codec.encode(text, source=source, target=target)

    def generate(
        self, batch: Sequence[Encoded], *, decoding: Decoding | None = None
    ) -> list[tuple[Hypothesis, ...]]:
        """Run one batch.

        Args:
            batch: encoded texts; those of the same :meth:`group` run together.
            decoding: other settings than the model's own.

        Returns:
            For each row its candidates, best first.

        Raises:
            GenerationError: the engine failed.
        """
        decoding = decoding or self.decoding
        caps = [self._cap(row, decoding) for row in batch]
        found: dict[int, tuple[RawHypothesis, ...]] = {}
        for rows in distinct(self.group(row, decoding) for row in batch).values():
            shortest = self._shortest(batch[rows[0]], decoding)
            if shortest == decoding.min_length:
                search = decoding
            else:
                search = decoding.model_copy(update={"min_length": shortest})
            results = self.engine.generate(
                [batch[index] for index in rows],
                decoding=search,
                max_new_tokens=max(caps[index] for index in rows),
                end_tokens=self.codec.end_tokens,
            )
            found.update(zip(rows, results, strict=True))
        return [
            tuple(self._hypothesis(raw, cap) for raw in found[index])
            for index, cap in enumerate(caps)
        ]

    def group(self, row: Encoded, decoding: Decoding | None = None) -> int:
        """Return a number that rows must share to run in one batch.

        Beams that are still open at the cap compete with closed ones, so rows that share a beam
        search must share the cap, or their output would depend on their neighbours. So it is with
        the least length, in every search.
        """
        decoding = decoding or self.decoding
        cap = self._cap(row, decoding) if decoding.beam > 1 else 0
        return cap * _MOST_STEPS + self._shortest(row, decoding)

    def _shortest(self, row: Encoded, decoding: Decoding) -> int:
        """Return the least length of the output, rounded down so that rows can share it."""
        least = decoding.min_new_tokens(row.text_tokens) // _LEAST_STEP * _LEAST_STEP
        return min(least, self.max_output_tokens - 1, _MOST_STEPS - 1)

    def _cap(self, row: Encoded, decoding: Decoding) -> int:
        cap = decoding.max_new_tokens(row.text_tokens)
        if decoding.beam > 1:
            # rounded up, so that rows of like length can share a batch
            cap = -(-cap // _CAP_STEP) * _CAP_STEP
        return min(cap, self.max_output_tokens)

    def _hypothesis(self, raw: RawHypothesis, cap: int) -> Hypothesis:
        # each row has a cap of its own, so that its output does not depend on its neighbours
        finished = raw.finished and len(raw.tokens) < cap
        tokens = raw.tokens[:cap]
        return Hypothesis(self.codec.decode(tokens).strip(), raw.score, finished, tokens)

    def close(self) -> None:
        """Free what the engine holds."""
        self.engine.close()

    def __enter__(self) -> TextModel:
        """Return the model itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the model."""
        self.close()


@dataclass(frozen=True, eq=False)
class ChainModel:
    """Models that translate one after the other, such as into Vietnamese by way of English.

    Attributes:
        name: name of its card.
        stages: each model with the language it reads and the one it writes; every stage reads
            what the one before it writes.
    """

    name: str
    stages: tuple[tuple[TextModel, str, str], ...]

    @property
    def models(self) -> tuple[TextModel, ...]:
        """The models, in order."""
        return tuple(model for model, _, _ in self.stages)

    @property
    def draft(self) -> bool:
        """Whether any of the models must be labelled as draft quality."""
        return any(model.draft for model in self.models)

    @property
    def signature(self) -> Mapping[str, str]:
        """What decides the output: the name, and each stage's own signature."""
        parts = {"model": self.name}
        for number, model in enumerate(self.models, start=1):
            parts.update({f"{number}.{key}": value for key, value in model.signature.items()})
        return MappingProxyType(parts)

    def close(self) -> None:
        """Free what the models hold."""
        for model in self.models:
            model.close()

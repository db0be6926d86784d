"""The fast engine: CTranslate2, for encoder-decoder and for causal models, on CPU and CUDA."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from tolmach.config.hardware import Hardware
from tolmach.errors import GenerationError, ModelError, OutOfMemory
from tolmach.inference.attending import Weights, compact
from tolmach.inference.base import Decoding, Encoded, RawHypothesis

__all__ = ["SHORTLIST", "CausalEngine", "Seq2SeqEngine"]

SHORTLIST = "vmap.txt"
"""Where CTranslate2 looks for a shortlist, in the folder of a converted model."""


# what CUDA, cuBLAS and the C++ library say
_OUT_OF_MEMORY = re.compile(r"out of memory|bad_alloc|ALLOC_FAILED", re.IGNORECASE)
# for each row of a batch: the tokens of its candidates, and their scores
_Found = list[tuple[Sequence[Sequence[str]], Sequence[float]]]


def _candidates(
    tokens: Sequence[Sequence[str]], scores: Sequence[float], cap: int, prefix: int, penalty: float
) -> tuple[RawHypothesis, ...]:
    """Return the candidates of a row without the prefix, best first."""
    found = []
    for row, score in zip(tokens, scores, strict=True):
        # a row that reaches the cap was cut off: the engine does not say so itself
        finished = len(row) - prefix < cap
        if prefix:
            # the library divides by a length that the prefix, which cost nothing, is part of
            length = len(row) + finished
            score *= (length / max(1, length - prefix)) ** penalty
        found.append(RawHypothesis(tuple(row[prefix:]), float(score), finished))
    return tuple(sorted(found, key=lambda item: -item.score) if prefix else found)


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what the library raises into our errors."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemory("CTranslate2 ran out of memory") from error
    except (RuntimeError, ValueError) as error:
        kind = OutOfMemory if _OUT_OF_MEMORY.search(str(error)) else GenerationError
        raise kind(f"CTranslate2 failed: {error}") from error


class _Engine(ABC):
    """What both kinds share: loading, options and the signature."""

    _least: ClassVar[str]  # what the library calls the least length

    def __init__(self, kind: str, folder: Path, hardware: Hardware) -> None:
        import ctranslate2

        factory = getattr(ctranslate2, kind)
        try:
            self._model: Any = factory(
                str(folder),
                device=hardware.device,
                device_index=list(hardware.indexes),
                compute_type=hardware.precision,
                inter_threads=hardware.workers,
                intra_threads=hardware.threads,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"CTranslate2 cannot load {folder}: {error}") from error
        self.workers = hardware.workers * len(hardware.indexes)
        self.signature: Mapping[str, str] = MappingProxyType(
            {
                "engine": f"ctranslate2 {ctranslate2.__version__}",
                "device": hardware.device,
                "precision": str(self._model.compute_type),
            }
        )

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,
        end_tokens: Sequence[str],
    ) -> list[tuple[RawHypothesis, ...]]:
        """Run one batch; see :class:`tolmach.inference.base.Engine`."""
        options = {
            "end_token": list(end_tokens),
            "beam_size": decoding.beam,
            "num_hypotheses": min(decoding.candidates, decoding.beam),
            "length_penalty": decoding.length_penalty,
            "repetition_penalty": decoding.repetition_penalty,
            "no_repeat_ngram_size": decoding.no_repeat_ngram,
            "return_scores": True,
        }
        if decoding.min_length:
            options[self._least] = min(decoding.min_length, max_new_tokens - 1)
        with _failures():
            found = self._run(batch, max_new_tokens, options)
        penalty = decoding.length_penalty
        return [
            _candidates(tokens, scores, max_new_tokens, len(row.target_prefix), penalty)
            for row, (tokens, scores) in zip(batch, found, strict=True)
        ]

    @abstractmethod
    def _run(self, batch: Sequence[Encoded], cap: int, options: dict[str, Any]) -> _Found:
        """Call the library's own method for this kind of model."""

    def close(self) -> None:
        """Free the weights; the engine cannot be used afterwards."""
        # not unload_model(), which does nothing while a batch is still being cleaned up
        self._model = None

    def _loaded(self) -> Any:
        model = self._model
        if model is None:
            raise GenerationError("the engine was closed")
        return model


class Seq2SeqEngine(_Engine):
    """An encoder-decoder model converted to CTranslate2."""

    _least = "min_decoding_length"

    def __init__(self, folder: Path, hardware: Hardware, *, shortlist: bool = False) -> None:
        """Load a converted model.

        Args:
            folder: directory with ``model.bin``.
            hardware: what it runs on.
            shortlist: use the model's shortlist (:mod:`tolmach.catalog.shortlist`), if it has one,
                for rows of which every token is in it.

        Raises:
            ModelError: the model cannot be loaded.
        """
        super().__init__("Translator", folder, hardware)
        path = folder / SHORTLIST
        self._listed: frozenset[str] = frozenset()
        if shortlist and path.is_file():
            content = path.read_text(encoding="utf-8")
            self._listed = frozenset(line.partition("\t")[0] for line in content.splitlines())
            known = hashlib.sha256(content.encode()).hexdigest()[:8]
            self.signature = MappingProxyType({**self.signature, "shortlist": known})

    def _run(self, batch: Sequence[Encoded], cap: int, options: dict[str, Any]) -> _Found:
        listed = [self._listed.issuperset(row.tokens) for row in batch] if self._listed else []
        if not any(listed):
            return self._translate(batch, cap, options)
        if all(listed):
            return self._translate(batch, cap, {**options, "use_vmap": True})
        # a token that the shortlist does not know would lose its translation
        both = [
            iter(
                self._run(
                    [row for row, is_in in zip(batch, listed, strict=True) if is_in is kind],
                    cap,
                    options,
                )
            )
            for kind in (False, True)
        ]
        return [next(both[is_in]) for is_in in listed]

    def _translate(self, batch: Sequence[Encoded], cap: int, options: dict[str, Any]) -> _Found:
        prefixes = [list(row.target_prefix) for row in batch]
        longest = max(map(len, prefixes))
        if longest:
            options = {**options, "target_prefix": prefixes}
            if self._least in options:
                options[self._least] += longest
        found = self._loaded().translate_batch(
            [list(row.tokens) for row in batch],
            # the library counts what it is given of the output
            max_decoding_length=cap + longest,
            max_input_length=0,
            **options,
        )
        return [(result.hypotheses, result.scores) for result in found]

    def attention(
        self, batch: Sequence[Encoded], outputs: Sequence[Sequence[str]]
    ) -> list[Weights]:
        """Return what outputs attend to; see :class:`tolmach.inference.attending.Attending`.

        The library returns the attention of the last layer's first head, and that of forced
        tokens too. A shortlist has no part in it: nothing is searched for.
        """
        forced = [[*row.target_prefix, *tokens] for row, tokens in zip(batch, outputs, strict=True)]
        if not any(forced):
            return [() for _ in batch]
        with _failures():
            found = self._loaded().translate_batch(
                [list(row.tokens) for row in batch],
                target_prefix=forced,
                beam_size=1,
                # shorter rows go on to the end of the longest; that is cut off below
                max_decoding_length=max(map(len, forced)),
                max_input_length=0,
                return_attention=True,
            )
        return [
            compact(result.attention[0][len(row.target_prefix) : len(tokens)])
            for row, tokens, result in zip(batch, forced, found, strict=True)
        ]


class CausalEngine(_Engine):
    """A causal language model converted to CTranslate2."""

    _least = "min_length"

    def __init__(self, folder: Path, hardware: Hardware) -> None:
        """Load a converted model; see :class:`Seq2SeqEngine`."""
        super().__init__("Generator", folder, hardware)

    def _run(self, batch: Sequence[Encoded], cap: int, options: dict[str, Any]) -> _Found:
        found = self._loaded().generate_batch(
            [list(row.tokens) for row in batch],
            max_length=cap,
            include_prompt_in_result=False,
            **options,
        )
        return [(result.sequences, result.scores) for result in found]

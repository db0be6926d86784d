"""The fast engine: CTranslate2, for encoder-decoder and for causal models, on CPU and CUDA."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.errors import GenerationError, ModelError
from tolmach.inference.base import Decoding, Encoded, RawHypothesis

__all__ = ["CausalEngine", "Seq2SeqEngine"]


# for each row of a batch: the tokens of its candidates, and their scores
_Found = list[tuple[Sequence[Sequence[str]], Sequence[float]]]


class _Engine(ABC):
    """What both kinds share: loading, options and the signature."""

    def __init__(self, kind: str, folder: Path, *, device: str, precision: str, threads: int):
        import ctranslate2

        factory = getattr(ctranslate2, kind)
        try:
            self._model: Any = factory(
                str(folder), device=device, compute_type=precision, intra_threads=threads
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"CTranslate2 cannot load {folder}: {error}") from error
        self.signature: Mapping[str, str] = MappingProxyType(
            {
                "engine": f"ctranslate2 {ctranslate2.__version__}",
                "device": device,
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
        try:
            found = self._run([list(row.tokens) for row in batch], max_new_tokens, options)
        except (RuntimeError, ValueError) as error:
            raise GenerationError(f"CTranslate2 failed: {error}") from error
        # a row that reaches the cap was cut off: the engine does not say so itself
        return [
            tuple(
                RawHypothesis(tuple(row), float(score), len(row) < max_new_tokens)
                for row, score in zip(tokens, scores, strict=True)
            )
            for tokens, scores in found
        ]

    @abstractmethod
    def _run(self, rows: list[list[str]], cap: int, options: dict[str, Any]) -> _Found:
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

    def __init__(self, folder: Path, *, device: str, precision: str, threads: int) -> None:
        """Load a converted model.

        Args:
            folder: directory with ``model.bin``.
            device: ``"cpu"`` or ``"cuda"``.
            precision: compute type such as ``"int8"`` or ``"float16"``.
            threads: CPU threads for each batch; 0 lets the library choose.

        Raises:
            ModelError: the model cannot be loaded.
        """
        super().__init__("Translator", folder, device=device, precision=precision, threads=threads)

    def _run(self, rows: list[list[str]], cap: int, options: dict[str, Any]) -> _Found:
        found = self._loaded().translate_batch(
            rows, max_decoding_length=cap, max_input_length=0, **options
        )
        return [(result.hypotheses, result.scores) for result in found]


class CausalEngine(_Engine):
    """A causal language model converted to CTranslate2."""

    def __init__(self, folder: Path, *, device: str, precision: str, threads: int) -> None:
        """Load a converted model; see :class:`Seq2SeqEngine`."""
        super().__init__("Generator", folder, device=device, precision=precision, threads=threads)

    def _run(self, rows: list[list[str]], cap: int, options: dict[str, Any]) -> _Found:
        found = self._loaded().generate_batch(
            rows, max_length=cap, include_prompt_in_result=False, **options
        )
        return [(result.sequences, result.scores) for result in found]

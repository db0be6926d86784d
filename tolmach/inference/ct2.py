"""The fast engine: CTranslate2, for encoder-decoder and for causal models, on CPU and CUDA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.errors import GenerationError, ModelError
from tolmach.inference.base import Decoding, Encoded, RawHypothesis

__all__ = ["CausalEngine", "Seq2SeqEngine"]


class _Engine:
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

    @staticmethod
    def _options(decoding: Decoding) -> dict[str, Any]:
        return {
            "beam_size": decoding.beam,
            "num_hypotheses": min(decoding.candidates, decoding.beam),
            "length_penalty": decoding.length_penalty,
            "repetition_penalty": decoding.repetition_penalty,
            "no_repeat_ngram_size": decoding.no_repeat_ngram,
            "return_scores": True,
        }

    def close(self) -> None:
        """Free the weights; the engine cannot be used afterwards."""
        # not unload_model(), which does nothing while a batch is still being cleaned up
        self._model = None

    def _loaded(self) -> Any:
        model = self._model
        if model is None:
            raise GenerationError("the engine was closed")
        return model


def _raw(tokens: Sequence[Sequence[str]], scores: Sequence[float], cap: int) -> Any:
    # a row that reaches the cap was cut off: the engine does not say so itself
    return tuple(
        RawHypothesis(tuple(row), float(score), len(row) < cap)
        for row, score in zip(tokens, scores, strict=True)
    )


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

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,
        end_tokens: Sequence[str],
    ) -> list[tuple[RawHypothesis, ...]]:
        """Translate one batch; see :class:`tolmach.inference.base.Engine`."""
        try:
            found = self._loaded().translate_batch(
                [list(row.tokens) for row in batch],
                max_decoding_length=max_new_tokens,
                max_input_length=0,
                end_token=list(end_tokens),
                **self._options(decoding),
            )
        except (RuntimeError, ValueError) as error:
            raise GenerationError(f"CTranslate2 failed: {error}") from error
        return [_raw(result.hypotheses, result.scores, max_new_tokens) for result in found]


class CausalEngine(_Engine):
    """A causal language model converted to CTranslate2."""

    def __init__(self, folder: Path, *, device: str, precision: str, threads: int) -> None:
        """Load a converted model; see :class:`Seq2SeqEngine`."""
        super().__init__("Generator", folder, device=device, precision=precision, threads=threads)

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,
        end_tokens: Sequence[str],
    ) -> list[tuple[RawHypothesis, ...]]:
        """Continue one batch of prompts; see :class:`tolmach.inference.base.Engine`."""
        try:
            found = self._loaded().generate_batch(
                [list(row.tokens) for row in batch],
                max_length=max_new_tokens,
                include_prompt_in_result=False,
                end_token=list(end_tokens),
                **self._options(decoding),
            )
        except (RuntimeError, ValueError) as error:
            raise GenerationError(f"CTranslate2 failed: {error}") from error
        return [_raw(result.sequences, result.scores, max_new_tokens) for result in found]

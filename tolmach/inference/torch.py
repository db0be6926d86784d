"""The reference engine: ``transformers`` on torch, for encoder-decoder checkpoints."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.errors import GenerationError, ModelError
from tolmach.inference.base import Codec, Decoding, Encoded, RawHypothesis

__all__ = ["TorchSeq2SeqEngine"]


def _load(folder: Path, dtype: Any) -> Any:
    import transformers
    from safetensors import SafetensorError

    try:
        model: Any = transformers.AutoModelForSeq2SeqLM.from_pretrained(
            str(folder),
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        ).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"transformers cannot load {folder}: {error}") from error
    # generate() fills what a call leaves open from the checkpoint's own settings: a forced end
    # would make outputs that the cap cut off look finished
    own = model.generation_config
    factory: Any = transformers.GenerationConfig
    model.generation_config = factory(
        decoder_start_token_id=own.decoder_start_token_id,
        bad_words_ids=own.bad_words_ids,
        pad_token_id=own.pad_token_id,
    )
    return model


class TorchSeq2SeqEngine:
    """An encoder-decoder checkpoint as ``transformers`` loads it."""

    def __init__(self, folder: Path, *, codec: Codec, device: str, precision: str) -> None:
        """Load a checkpoint from safetensors.

        Args:
            folder: directory with ``config.json`` and ``model.safetensors``.
            codec: gives the vocabulary indexes of tokens.
            device: ``"cpu"`` or ``"cuda"``.
            precision: ``"float32"``, ``"float16"`` or ``"bfloat16"``.

        Raises:
            ModelError: the checkpoint cannot be loaded.
        """
        import torch
        import transformers

        try:
            self._model: Any = _load(folder, getattr(torch, precision)).to(device)
        except (RuntimeError, AssertionError) as error:  # AssertionError: torch without CUDA
            raise ModelError(f"transformers cannot use {device}: {error}") from error
        self._codec = codec
        self._device = device
        # generate() keeps state on the model (generation config, caches)
        self._lock = threading.Lock()
        self.signature: Mapping[str, str] = MappingProxyType(
            {
                "engine": f"transformers {transformers.__version__}, torch {torch.__version__}",
                "device": device,
                "precision": precision,
            }
        )

    def _generation_config(self, decoding: Decoding, cap: int, end: Sequence[str]) -> Any:
        import transformers

        own = self._model.generation_config
        factory: Any = transformers.GenerationConfig
        return factory(
            max_new_tokens=cap,
            num_beams=decoding.beam,
            num_return_sequences=min(decoding.candidates, decoding.beam),
            do_sample=False,
            length_penalty=decoding.length_penalty,
            # stop as CTranslate2 does: as soon as there are as many closed beams as asked for
            early_stopping=decoding.beam > 1,
            repetition_penalty=decoding.repetition_penalty,
            no_repeat_ngram_size=decoding.no_repeat_ngram,
            decoder_start_token_id=own.decoder_start_token_id,
            bad_words_ids=own.bad_words_ids,
            # forbidden words take no share of the probability, as in CTranslate2
            renormalize_logits=True,
            pad_token_id=own.pad_token_id,
            eos_token_id=self._codec.to_ids(list(end)),
            return_dict_in_generate=True,
            output_scores=True,
        )

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,
        end_tokens: Sequence[str],
    ) -> list[tuple[RawHypothesis, ...]]:
        """Translate one batch; see :class:`tolmach.inference.base.Engine`."""
        import torch

        if self._model is None:
            raise GenerationError("the engine was closed")
        rows = [self._codec.to_ids(row.tokens) for row in batch]
        longest = max(map(len, rows))
        config = self._generation_config(decoding, max_new_tokens, end_tokens)
        padding = config.pad_token_id
        # (rows, longest): token indexes padded on the right, and 1 where a token is real
        ids = torch.tensor([row + [padding] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        try:
            with self._lock, torch.inference_mode():
                found = self._model.generate(
                    input_ids=ids.to(self._device),
                    attention_mask=mask.to(self._device),
                    generation_config=config,
                )
        except (RuntimeError, IndexError) as error:  # IndexError: beyond the last position
            raise GenerationError(f"torch failed: {error}") from error
        return self._collect(found, config, decoding.length_penalty)

    def _collect(
        self, found: Any, config: Any, length_penalty: float
    ) -> list[tuple[RawHypothesis, ...]]:
        ends = set(config.eos_token_id)
        count = config.num_return_sequences
        steps_of = self._steps(found)
        hypotheses = []
        # (rows x candidates, length), the decoder's start token first
        for index, sequence in enumerate(found.sequences[:, 1:].tolist()):
            stop = next((at for at, token in enumerate(sequence) if token in ends), None)
            tokens = self._codec.to_tokens(sequence[:stop])
            if steps_of is None:
                score = float(found.sequences_scores[index])
            else:
                # normalised as beam search does it, the end counted, so that they can be compared
                length = len(sequence) if stop is None else stop + 1
                score = sum(steps_of[index][:length]) / length**length_penalty
            hypotheses.append(RawHypothesis(tuple(tokens), score, stop is not None))
        return [
            tuple(hypotheses[start : start + count]) for start in range(0, len(hypotheses), count)
        ]

    def _steps(self, found: Any) -> list[list[float]] | None:
        """Return the log probability of each step of a greedy search, None for beam search."""
        if getattr(found, "sequences_scores", None) is not None:
            return None
        # (rows, steps)
        steps = self._model.compute_transition_scores(
            found.sequences, found.scores, normalize_logits=True
        )
        return [[float(step) for step in row] for row in steps.tolist()]

    def close(self) -> None:
        """Free the weights; the engine cannot be used afterwards."""
        self._model = None

"""The reference engine: ``transformers`` on torch, for encoder-decoder checkpoints."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.errors import GenerationError, ModelError, OutOfMemory
from tolmach.inference.attending import Weights, compact
from tolmach.inference.base import Codec, Decoding, Encoded, RawHypothesis

__all__ = ["TorchSeq2SeqEngine", "placement", "usable_precision", "weights_bytes"]

# what a batch and the library itself need on the device beside the weights
_HEADROOM = 1.25
_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}


def usable_precision(wanted: str, *, device: str, kind: str, bfloat16: bool) -> str:
    """Return the precision in which weights are loaded.

    T5 was trained in bfloat16 and its activations overflow in float16, so it never runs in that.

    Args:
        wanted: ``"float32"``, ``"float16"``, ``"bfloat16"``; or ``"auto"``: float32 on the CPU,
            half precision on CUDA, bfloat16 where the device supports it.
        device: ``"cpu"`` or ``"cuda"``.
        kind: ``model_type`` of the checkpoint.
        bfloat16: whether the device computes in it.
    """
    if wanted == "auto":
        wanted = "float32" if device == "cpu" else "bfloat16" if bfloat16 else "float16"
    if wanted == "float16" and "t5" in kind:
        return "bfloat16" if bfloat16 and device == "cuda" else "float32"
    return wanted


def placement(needed: int, *, free: int, device: str, setting: str = "auto") -> str | None:
    """Return the ``device_map`` for ``transformers``, None to put the model on one device.

    Args:
        needed: bytes of the weights in their precision.
        free: bytes that are free on the device.
        device: ``"cpu"`` or ``"cuda"``.
        setting: ``auto`` spreads a model that does not fit; ``spread`` always does; ``one`` never.
    """
    if device == "cpu" or setting == "one":
        return None
    return "auto" if setting == "spread" or needed * _HEADROOM > free else None


def weights_bytes(folder: Path, precision: str) -> int:
    """Return how many bytes the weights of a checkpoint take in a precision.

    Raises:
        ModelError: a weights file is damaged.
    """
    from math import prod

    from safetensors import SafetensorError, safe_open

    count = 0
    for path in folder.glob("*.safetensors"):
        try:
            with safe_open(str(path), "pt") as file:
                count += sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise ModelError(f"transformers cannot load {path}: {error}") from error
    return count * _BYTES[precision]


def _load(folder: Path, precision: str, device: str, device_map: str | None) -> Any:
    import torch
    import transformers
    from safetensors import SafetensorError

    options = {"device_map": device_map} if device_map else {}
    try:
        model: Any = transformers.AutoModelForSeq2SeqLM.from_pretrained(
            str(folder),
            dtype=getattr(torch, precision),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            **options,
        ).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"transformers cannot load {folder}: {error}") from error
    if not device_map:
        try:
            model = model.to(device)
        except (RuntimeError, AssertionError) as error:  # AssertionError: torch without CUDA
            raise ModelError(f"transformers cannot use {device}: {error}") from error
    # generate() fills what a call leaves open from the checkpoint's own settings: a forced end
    # would make outputs that the cap cut off look finished, a forced beginning would be said twice
    own = model.generation_config
    factory: Any = transformers.GenerationConfig
    model.generation_config = factory(
        decoder_start_token_id=(
            own.decoder_start_token_id
            if own.decoder_start_token_id is not None
            else model.config.decoder_start_token_id
        ),
        # not every Marian checkpoint says that its padding is not to be written
        bad_words_ids=own.bad_words_ids
        or ([[model.config.pad_token_id]] if model.config.model_type == "marian" else None),
        pad_token_id=own.pad_token_id,
    )
    return model


def _cuda_facts() -> tuple[bool, int]:
    """Return whether the CUDA device computes in bfloat16, and its free bytes."""
    import torch

    try:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False)), int(
            torch.cuda.mem_get_info()[0]
        )
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"transformers cannot use cuda: {error}") from error


class TorchSeq2SeqEngine:
    """An encoder-decoder checkpoint as ``transformers`` loads it."""

    def __init__(
        self, folder: Path, *, codec: Codec, device: str, precision: str, spread: str = "auto"
    ) -> None:
        """Load a checkpoint from safetensors.

        Args:
            folder: directory with ``config.json`` and ``model.safetensors``.
            codec: gives the vocabulary indexes of tokens.
            device: ``"cpu"`` or ``"cuda"``.
            precision: as :func:`usable_precision` takes it.
            spread: whether the model may be spread over several devices and the main memory,
                see :func:`placement`.

        Raises:
            ModelError: the checkpoint cannot be loaded.
        """
        import torch
        import transformers

        bfloat16, free = _cuda_facts() if device == "cuda" else (True, 0)
        kind = _kind(folder)
        precision = usable_precision(precision, device=device, kind=kind, bfloat16=bfloat16)
        device_map = None
        if device == "cuda":
            needed = weights_bytes(folder, precision)
            device_map = placement(needed, free=free, device=device, setting=spread)
        self._model: Any = _load(folder, precision, device, device_map)
        self._codec = codec
        self._device = device
        self.workers = 1
        # generate() keeps state on the model (generation config, caches)
        self._lock = threading.Lock()
        signature = {
            "engine": f"transformers {transformers.__version__}, torch {torch.__version__}",
            "device": device,
            "precision": precision,
        }
        self.signature: Mapping[str, str] = MappingProxyType(
            signature | ({"placement": device_map} if device_map else {})
        )

    def _generation_config(self, decoding: Decoding, cap: int, end: Sequence[str]) -> Any:
        import transformers

        own = self._model.generation_config
        factory: Any = transformers.GenerationConfig
        return factory(
            max_new_tokens=cap,
            # an empty output is never asked for, as in CTranslate2
            min_new_tokens=min(max(1, decoding.min_length), cap - 1),
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
        config = self._generation_config(decoding, max_new_tokens, end_tokens)
        with _failures(), self._lock, torch.inference_mode():
            found = self._model.generate(**self._inputs(batch, config), generation_config=config)
        prefix = 1 + len(batch[0].target_prefix)
        return self._collect(found, config, prefix, decoding.length_penalty)

    def attention(
        self, batch: Sequence[Encoded], outputs: Sequence[Sequence[str]]
    ) -> list[Weights]:
        """Return what outputs attend to; see :class:`tolmach.inference.attending.Attending`."""
        import torch

        if self._model is None:
            raise GenerationError("the engine was closed")
        own = self._model.generation_config
        forced = [[*row.target_prefix, *tokens] for row, tokens in zip(batch, outputs, strict=True)]
        if not any(forced):
            return [() for _ in batch]
        longest = max(map(len, forced))
        # each position reads the tokens before its own; what pads a row comes after all of it
        read = [
            [own.decoder_start_token_id, *self._codec.to_ids(row[:-1])] + [own.pad_token_id] * rest
            for row in forced
            for rest in [longest - max(1, len(row))]
        ]
        values = self._inputs([replace(row, target_prefix=()) for row in batch], own)
        values["decoder_input_ids"] = self._on_device(torch.tensor(read))
        with _failures(), self._lock, torch.inference_mode():
            usual = self._model.config._attn_implementation
            # the fast ways of computing attention do not keep it
            self._model.set_attn_implementation("eager")
            try:
                found = self._model(**values, output_attentions=True, use_cache=False)
            finally:
                self._model.set_attn_implementation(usual)
        # (rows, heads, output, source) of the last layer
        weights = found.cross_attentions[-1][:, 0].float().cpu()
        return [
            compact(one[len(row.target_prefix) : len(tokens), : len(row)].tolist())
            for one, row, tokens in zip(weights, batch, forced, strict=True)
        ]

    def _inputs(self, batch: Sequence[Encoded], config: Any) -> dict[str, Any]:
        """Return what the network reads, on its device.

        ``input_ids`` and ``attention_mask`` are (rows, longest): indexes padded on the right, and 1
        where a token is real; ``decoder_input_ids`` is (rows, start token and forced prefix).
        """
        import torch

        rows = [self._codec.to_ids(row.tokens) for row in batch]
        longest = max(map(len, rows))
        values = {
            "input_ids": [row + [config.pad_token_id] * (longest - len(row)) for row in rows],
            "attention_mask": [[1] * len(row) + [0] * (longest - len(row)) for row in rows],
        }
        prefixes = [self._codec.to_ids(row.target_prefix) for row in batch]
        if len(set(map(len, prefixes))) > 1:
            raise GenerationError("the rows of a batch must have target prefixes of one length")
        if prefixes[0]:
            values["decoder_input_ids"] = [[config.decoder_start_token_id, *p] for p in prefixes]
        return {name: self._on_device(torch.tensor(value)) for name, value in values.items()}

    def _on_device(self, tensor: Any) -> Any:
        if self._device == "cpu":
            return tensor
        # from pinned memory the copy runs beside what the device still has to do
        return tensor.pin_memory().to(self._model.device, non_blocking=True)

    def _collect(
        self, found: Any, config: Any, prefix: int, length_penalty: float
    ) -> list[tuple[RawHypothesis, ...]]:
        ends = set(config.eos_token_id)
        count = config.num_return_sequences
        steps_of = self._steps(found)
        hypotheses = []
        # (rows x candidates, length), the decoder's start token and the forced prefix first
        for index, sequence in enumerate(found.sequences[:, prefix:].tolist()):
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


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what torch raises into our errors."""
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(f"torch ran out of memory: {error}") from error
    except (RuntimeError, IndexError) as error:  # IndexError: beyond the last position
        # the CPU's allocator raises a plain RuntimeError
        short = "not enough memory" in str(error) or "out of memory" in str(error)
        raise (OutOfMemory if short else GenerationError)(f"torch failed: {error}") from error


def _kind(folder: Path) -> str:
    import json

    try:
        return str(json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"transformers cannot load {folder}: {error!r}") from error

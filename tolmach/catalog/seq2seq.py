"""Encoder-decoder checkpoints to CTranslate2, with what its converter gets wrong put right.

The converter of CTranslate2 takes the vocabulary from a tokenizer of ``transformers``. Since
version 5 those no longer say which tokens were added (NLLB would lose its language codes), and for
T5 the flag ``tie_word_embeddings`` no longer says whether outputs are scaled: it is always true,
and every T5 1.1, mT5 and MADLAD-400 would get its logits divided by the root of the width. Here
the vocabulary comes from our own codec, the scale from ``scale_decoder_outputs``, and
:mod:`tolmach.catalog.agreement` compares the outcome with torch.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ctranslate2.converters import TransformersConverter

from tolmach.catalog import agreement
from tolmach.catalog.building import vocabulary_codec
from tolmach.catalog.cards import Card
from tolmach.catalog.uncarded import FAMILIES
from tolmach.errors import ModelError, PreparationError
from tolmach.inference.codecs import VocabularyCodec
from tolmach.inference.codecs.pieces import ADDED_TOKENS

__all__ = ["convert_checkpoint"]

_FILES = {
    "marian": ("source.spm", "target.spm", "vocab.json"),
    "nllb": ("sentencepiece.bpe.model",),
    "t5": ("spiece.model",),
    "mbart": ("sentencepiece.bpe.model",),
    "bart": ("vocab.json", "merges.txt"),
}
# the positions of Marian and M2M100 are computed, not stored
_COMPUTED = ("embed_positions",)


def convert_checkpoint(
    card: Card,
    source: Path,
    target: Path,
    *,
    quantization: str,
    report: Callable[[str, float], None],
) -> None:
    """Convert a checkpoint and prove that the outcome computes the same.

    Args:
        card: the model.
        source: the checkpoint, with weights in safetensors.
        target: an empty folder for the converted model.
        quantization: storage type, such as ``"int8"``.
        report: told about progress.

    Raises:
        PreparationError: the checkpoint is damaged, of another family, or its conversion computes
            something else.
        OSError: the system refuses, such as a full disk.
    """
    from safetensors import SafetensorError

    _check_kind(card, source)
    files = _FILES[card.family]
    missing = [name for name in files if not (source / name).is_file()]
    if missing:
        raise PreparationError(f"model {card.name}: {source} lacks {', '.join(missing)}")
    try:
        codec = vocabulary_codec(card, source)
        _check_tokenizer(codec, source)
        converter = _Converter(source, codec, agreement.samples(codec, card.pairs))
        with _without_bars():
            converter.convert(str(target), quantization=quantization, force=True)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError, ModelError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, such as a full disk; transformers' own have no number
        raise PreparationError(f"model {card.name} cannot be converted: {error}") from error
    for name in files:
        shutil.copyfile(source / name, target / name)
    added = getattr(codec, "added", None)
    if added is not None:
        (target / ADDED_TOKENS).write_text(json.dumps(added, indent=0), encoding="utf-8")
    _check_vocabulary(card, codec, target)
    report("comparing with the checkpoint", 0.9)
    agreement.check(
        card.name,
        converter.items,
        reference=converter.reference,
        folder=target,
        quantization=quantization,
    )


class _Tokenizer:
    """Stands for a tokenizer of transformers, as far as the converter asks."""

    unk_token = "<unk>"
    bos_token = "<s>"
    special_tokens_map: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, tokens: list[str], config: Any) -> None:
        self._tokens = tokens
        self.eos_token = tokens[config.eos_token_id]
        self.pad_token = tokens[config.pad_token_id]
        self.unk_token_id = tokens.index(self.unk_token)

    def get_vocab(self) -> dict[str, int]:
        return {token: index for index, token in enumerate(self._tokens)}

    def convert_ids_to_tokens(self, index: int) -> str:
        return self._tokens[index]


class _Converter(TransformersConverter):  # type: ignore[misc]
    """The library's converter with our own vocabulary; keeps what torch computes."""

    def __init__(
        self, source: Path, codec: VocabularyCodec, items: tuple[agreement.Sample, ...]
    ) -> None:
        super().__init__(str(source))
        self._codec = codec
        self.items = items
        self._model: Any = None
        self.reference: agreement.Scores = []

    def load_model(self, model_class: Any, path: str, **options: Any) -> Any:
        """Load the checkpoint, whole, and score the samples before anything is changed."""
        import torch

        # half precision, in which many are published, is rounded and can overflow on the way
        options |= {"dtype": torch.float32, "output_loading_info": True}
        model, found = model_class.from_pretrained(
            path, use_safetensors=True, local_files_only=True, **options
        )
        lacking = [
            name for name in found["missing_keys"] if not any(part in name for part in _COMPUTED)
        ]
        if lacking:
            raise PreparationError(
                f"the checkpoint lacks {len(lacking)} weights, such as {sorted(lacking)[0]}"
            )
        _fill_in(model.config, path)
        self._model = model.eval()
        self.reference = agreement.scores(self._model, self._codec, self.items)
        return self._model

    def load_tokenizer(self, _class: Any, _path: str, **_options: Any) -> _Tokenizer:
        config = self._model.config
        return _Tokenizer(self._codec.vocabulary(config.vocab_size), config)

    def _load(self) -> Any:
        spec = super()._load()
        config = self._model.config
        if "t5" in config.model_type:
            from ctranslate2.specs.model_spec import OPTIONAL

            # mT5 and its kin never scale and do not have the setting
            scaled = getattr(config, "scale_decoder_outputs", False)
            spec.decoder.scale_outputs = config.d_model**-0.5 if scaled else OPTIONAL
        if config.model_type == "mbart":
            # the library would leave it to the caller
            start = self._codec.to_tokens([config.decoder_start_token_id])[0]
            spec.config.decoder_start_token = start
        self._model = None
        return spec


# what the converter reads of BART's kin, and older checkpoints leave to their class
_PRE_NORM = {"bart": False, "mbart": True}


def _fill_in(config: Any, path: str) -> None:
    kind = config.model_type
    if kind not in _PRE_NORM:
        return
    if not hasattr(config, "normalize_before"):
        config.normalize_before = _PRE_NORM[kind]
    if config.decoder_start_token_id is None:
        raise PreparationError(
            f"{path}/config.json does not say decoder_start_token_id, so it is not known which "
            "language the output begins with"
        )


@contextmanager
def _without_bars() -> Iterator[None]:
    """Keep progress bars and advice of transformers off the screen; we report ourselves."""
    from transformers.utils import logging

    library: Any = logging  # its functions have no types
    shown, level = library.is_progress_bar_enabled(), library.get_verbosity()
    library.disable_progress_bar()
    library.set_verbosity_error()
    try:
        yield
    finally:
        library.set_verbosity(level)
        if shown:
            library.enable_progress_bar()


def _check_kind(card: Card, source: Path) -> None:
    try:
        config = json.loads((source / "config.json").read_text(encoding="utf-8"))
        kind = config["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        reason = f"its config.json is damaged: {error}"
        raise PreparationError(f"model {card.name} cannot be converted: {reason}") from error
    if FAMILIES.get(kind) != card.family:
        reason = f"it is of the kind {kind}, not {card.family}"
        raise PreparationError(f"model {card.name} cannot be converted: {reason}")


def _check_tokenizer(codec: VocabularyCodec, source: Path) -> None:
    """Compare our vocabulary with that of ``tokenizer.json``, where there is one.

    Raises:
        PreparationError: a token has another index.
    """
    path = source / "tokenizer.json"
    if not path.is_file():
        return
    if (source / "vocab.json").is_file() and not (source / "merges.txt").is_file():
        return  # of Marian, whose tokens stand in another order
    content = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    # a mapping for BPE; for Unigram a list of tokens with scores
    tokens = list(content) if isinstance(content, dict) else [token for token, _ in content]
    indexes = list(content.values()) if isinstance(content, dict) else list(range(len(tokens)))
    wrong = [t for t, i, j in zip(tokens, indexes, codec.to_ids(tokens), strict=True) if i != j]
    if wrong:
        raise PreparationError(
            f"{path.name} and the SentencePiece model differ in {len(wrong)} of {len(tokens)} "
            f"tokens, such as {wrong[0]!r}"
        )


def _check_vocabulary(card: Card, codec: VocabularyCodec, target: Path) -> None:
    """Check that the converted model has our vocabulary and every language token in it."""
    path = target / "shared_vocabulary.json"
    try:
        tokens = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PreparationError(f"model {card.name}: no vocabulary was written: {error}") from error
    ids = codec.to_ids(tokens)
    wrong = [token for place, token in enumerate(tokens) if ids[place] != place]
    # names that fill up rows without a token are unknown to the codec
    wrong = [token for token in wrong if not token.startswith("<unused_")]
    used = {
        token
        for pair in card.pairs
        for row in [codec.encode("", source=pair[:2], target=pair[3:])]
        for token in (*row.tokens, *row.target_prefix)
    }
    wrong += sorted(used.difference(tokens))
    if wrong:
        raise PreparationError(
            f"model {card.name}: the converted vocabulary is wrong at {len(wrong)} of "
            f"{len(tokens)} tokens, such as {wrong[0]!r}"
        )

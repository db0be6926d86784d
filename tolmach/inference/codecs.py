"""Text to tokens and back, for each family of models, on SentencePiece alone.

No tokenizer of ``transformers`` is needed at run time: importing it costs seconds, and a
SentencePiece processor may be used from several threads at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tolmach.errors import ModelError
from tolmach.inference.base import Encoded

__all__ = ["MarianCodec", "PromptCodec", "load_sentencepiece"]


def load_sentencepiece(path: Path) -> Any:
    """Load a SentencePiece model.

    Raises:
        ModelError: the file is missing or damaged.
    """
    import sentencepiece

    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise ModelError(f"{path} is not a usable SentencePiece model: {error}") from error


class MarianCodec:
    """MarianMT: one SentencePiece model for each side and one vocabulary for both.

    Follows the layout of the published checkpoints (``source.spm``, ``target.spm``,
    ``vocab.json``): the source ends in ``</s>``; a multilingual model reads the wanted language
    as a first token such as ``>>vie<<``.
    """

    def __init__(self, folder: Path, *, language_tokens: Mapping[str, str] | None = None) -> None:
        """Load the tokenizer files of a checkpoint.

        Args:
            folder: directory with the three files.
            language_tokens: first token by target language, for multilingual models.

        Raises:
            ModelError: a file is missing or damaged.
        """
        self._source = load_sentencepiece(folder / "source.spm")
        self._target = load_sentencepiece(folder / "target.spm")
        try:
            vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder / 'vocab.json'} cannot be used: {error}") from error
        if not isinstance(vocabulary, dict) or not {"</s>", "<unk>"} <= vocabulary.keys():
            raise ModelError(f"{folder / 'vocab.json'} is no vocabulary with </s> and <unk>")
        self._ids: dict[str, int] = vocabulary
        self._tokens = {index: token for token, index in vocabulary.items()}
        self._language_tokens = dict(language_tokens or {})

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """Marian ends its output with ``</s>``."""
        return ("</s>",)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:  # noqa: ARG002
        """Encode one text; the model itself knows its source language."""
        pieces = self._source.encode(text, out_type=str)
        # the network has no row for pieces outside the shared vocabulary
        known = [piece if piece in self._ids else "<unk>" for piece in pieces]
        language = self._language_tokens.get(target)
        head = [language] if language else []
        return Encoded((*head, *known, "</s>"), len(known))

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of output tokens, by the target side's model."""
        special = {"</s>", "<pad>", "<unk>"}
        pieces = [token for token in tokens if token not in special]
        # pieces of the shared vocabulary that the target's model lacks come back as they are
        return str(self._target.decode(pieces)).replace("▁", " ").strip()

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the vocabulary indexes of tokens."""
        unknown = self._ids["<unk>"]
        return [self._ids.get(token, unknown) for token in tokens]

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at vocabulary indexes."""
        return [self._tokens.get(index, "<unk>") for index in ids]


class PromptCodec:
    """A causal language model that is asked by a prompt for each direction.

    The prompt ends right before the answer; a line end closes the answer as well as the
    end-of-sequence token does, because a segment is always one line.
    """

    def __init__(
        self,
        path: Path,
        *,
        prompts: Mapping[str, str],
        start_token: str = "<bos>",
        end_tokens: Sequence[str] = ("<eos>",),
    ) -> None:
        r"""Load the tokenizer.

        Args:
            path: a SentencePiece model.
            prompts: by direction (``"ru-en"``), with ``{text}`` where the text goes.
            start_token: put before every prompt.
            end_tokens: any of these ends the answer; those that the vocabulary lacks are ignored.

        Raises:
            ModelError: the file is missing or damaged, or a prompt lacks ``{text}``.
        """
        self._model = load_sentencepiece(path)
        self._prompts = dict(prompts)
        self._start = start_token
        unknown = self._model.unk_id()
        self._end = tuple(
            token for token in end_tokens if self._model.piece_to_id(token) != unknown
        )
        for direction, prompt in prompts.items():
            if prompt.count("{text}") != 1:
                raise ModelError(f"the prompt for {direction} must contain {{text}} once")

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """Tokens that end the answer."""
        return self._end

    def encode(self, text: str, *, source: str, target: str) -> Encoded:
        """Put a text into the prompt for its direction.

        Raises:
            ModelError: there is no prompt for this direction.
        """
        direction = f"{source}-{target}"
        if direction not in self._prompts:
            known = ", ".join(self._prompts)
            raise ModelError(f"no prompt for {direction}; this model has {known}")
        before, after = self._prompts[direction].split("{text}")
        pieces = self._model.encode(before + text + after, out_type=str)
        frame = len(self._model.encode(before)) + len(self._model.encode(after))
        return Encoded((self._start, *pieces), max(1, len(pieces) - frame))

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of answer tokens."""
        return str(self._model.decode([token for token in tokens if token not in self._end]))

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the vocabulary indexes of tokens."""
        return [self._model.piece_to_id(token) for token in tokens]

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at vocabulary indexes."""
        return [self._model.id_to_piece(index) for index in ids]

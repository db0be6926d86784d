"""Causal language models that are asked by a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tolmach.errors import ModelError
from tolmach.inference.base import Encoded
from tolmach.inference.codecs.pieces import load_sentencepiece

__all__ = ["PromptCodec"]


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

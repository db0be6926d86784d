"""T5 and its kin: MADLAD-400 (arXiv:2309.04662), T5 1.1, mT5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tolmach.errors import ModelError
from tolmach.inference.base import Encoded
from tolmach.inference.codecs.pieces import PieceCodec, Vocabulary, added_tokens, load_sentencepiece

__all__ = ["T5Codec"]

# how the language tokens of MADLAD-400 begin
_LANGUAGE_TOKEN = re.compile(r"<2(?=[A-Za-z_]+>)")


class T5Codec(PieceCodec):
    """One SentencePiece model; the wanted language is said by a prefix.

    The prefix is a token such as ``<2vi>`` or, if it has a space in it, a text such as
    ``"translate Russian to English: "``.
    """

    def __init__(self, folder: Path, *, language_tokens: Mapping[str, str] | None = None) -> None:
        """Load the tokenizer files of a checkpoint.

        Args:
            folder: directory with ``spiece.model``.
            language_tokens: prefix by target language.

        Raises:
            ModelError: the file is missing or damaged, or the vocabulary lacks a prefix token.
        """
        self._model = load_sentencepiece(folder / "spiece.model")
        count = self._model.get_piece_size()
        tokens = {self._model.id_to_piece(index): index for index in range(count)}
        added = added_tokens(folder, pieces=count)
        wrong = [token for token, index in added.items() if tokens.get(token, index) != index]
        if wrong:
            raise ModelError(
                f"{folder}: the added tokens do not fit spiece.model: {', '.join(wrong[:3])}"
            )
        self.added: Mapping[str, int] = added
        self._unknown = self._model.id_to_piece(self._model.unk_id())
        self._end = self._model.id_to_piece(self._model.eos_id())
        self._vocabulary = Vocabulary(tokens | added, unknown=self._unknown)
        control = {
            self._model.id_to_piece(index)
            for index in range(count)
            if self._model.is_control(index) or self._model.is_unknown(index)
        }
        self._special = frozenset(control.union(added, (language_tokens or {}).values()))
        self._heads = {
            language: self._head(folder, language, prefix)
            for language, prefix in (language_tokens or {}).items()
        }

    def _head(self, folder: Path, language: str, prefix: str) -> tuple[str, ...]:
        if " " in prefix:
            return tuple(self._vocabulary.known(self._model.encode(prefix, out_type=str)))
        if prefix not in self._vocabulary:
            raise ModelError(
                f"{folder}: the vocabulary has no token {prefix!r} (language_tokens: {language})"
            )
        # as SentencePiece writes it itself: some models have a space before the token
        pieces = tuple(self._model.encode(prefix, out_type=str))
        return pieces if prefix in pieces else (prefix,)

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """T5 ends its output with ``</s>``."""
        return (self._end,)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:  # noqa: ARG002
        """Encode one text.

        Raises:
            ModelError: there are prefixes, but none for this language.
        """
        if self._heads and target not in self._heads:
            raise ModelError(f"no prefix for {target}; language_tokens has {list(self._heads)}")
        # a text must not be able to ask for another language
        pieces = self._model.encode(_LANGUAGE_TOKEN.sub("< 2", text), out_type=str)
        known = [
            self._unknown if piece in self._special else piece
            for piece in self._vocabulary.known(pieces)
        ]
        return Encoded((*self._heads.get(target, ()), *known, self._end), len(known))

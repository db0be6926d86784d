"""mBART-25 (Liu et al. 2020, arXiv:2001.08210) and mBART-50 (Tang et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tolmach.errors import ModelError
from tolmach.inference.base import Encoded
from tolmach.inference.codecs.pieces import PieceCodec, Vocabulary, added_tokens, load_sentencepiece

__all__ = ["MBartCodec"]

# fairseq puts these first and everything of SentencePiece's one place further on
_FIRST = ("<s>", "<pad>", "</s>", "<unk>")
_FAIRSEQ_OFFSET = 1
_CONTROL = 3
_END = "</s>"
# a language that the 25 do not have
_OF_FIFTY = "uk_UA"


class MBartCodec(PieceCodec):
    """One SentencePiece model and language codes such as ``ru_RU``.

    The two generations place the codes differently. mBART-25 reads ``pieces </s> ru_RU`` and
    begins its output with the code that the checkpoint names as ``decoder_start_token_id``;
    mBART-50 reads ``ru_RU pieces </s>`` and its output is forced to begin with the code.
    """

    def __init__(self, folder: Path, *, language_tokens: Mapping[str, str]) -> None:
        """Load the tokenizer files of a checkpoint.

        Args:
            folder: directory with ``sentencepiece.bpe.model``; the language codes stand in one of
                the files of :func:`added_tokens`, else the published order is taken.
            language_tokens: code by language, for sources and targets.

        Raises:
            ModelError: a file is missing or damaged, or the vocabulary lacks a language code.
        """
        self._model = load_sentencepiece(folder / "sentencepiece.bpe.model")
        count = self._model.get_piece_size()
        first = count + _FAIRSEQ_OFFSET
        tokens = {token: index for index, token in enumerate(_FIRST)}
        for index in range(_CONTROL, count):
            tokens[self._model.id_to_piece(index)] = index + _FAIRSEQ_OFFSET
        added = added_tokens(folder, pieces=first)
        if not any(code in added for code in language_tokens.values()):
            # most published checkpoints list no codes at all
            added = _published(first) | added
        wrong = [token for token, index in added.items() if tokens.get(token, index) != index]
        if wrong:
            raise ModelError(
                f"{folder}: the added tokens do not fit sentencepiece.bpe.model with its {count} "
                f"pieces: {wrong[0]}"
            )
        self.added: Mapping[str, int] = added
        self._vocabulary = Vocabulary(tokens | added, unknown="<unk>")
        self._special = frozenset((*_FIRST, *added))
        self._fifty = _OF_FIFTY in added
        for language, code in language_tokens.items():
            if code not in added:
                raise ModelError(
                    f"{folder}: {code!r} (language_tokens: {language}) is no language of this "
                    f"model; its codes are like {', '.join(list(added)[:3])}"
                )
        self._codes = dict(language_tokens)

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """Both generations end their output with ``</s>``."""
        return (_END,)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:
        """Encode one text.

        Raises:
            ModelError: there is no code for one of the languages.
        """
        for language in (source, target):
            if language not in self._codes:
                raise ModelError(f"no code for {language}; language_tokens has {self._codes}")
        pieces = self._vocabulary.known(self._model.encode(text, out_type=str))
        if self._fifty:
            tokens = (self._codes[source], *pieces, _END)
            return Encoded(tokens, len(pieces), (self._codes[target],))
        return Encoded((*pieces, _END, self._codes[source]), len(pieces))


def _published(first: int) -> dict[str, int]:
    """Return the codes of mBART-25 in the published order; mBART-50 always lists its own."""
    from transformers.models.mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES

    codes = (*FAIRSEQ_LANGUAGE_CODES, "<mask>")
    return {code: first + place for place, code in enumerate(codes)}

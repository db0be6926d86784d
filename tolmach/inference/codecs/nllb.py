"""NLLB-200 (NLLB Team 2022, arXiv:2207.04672), and M2M100 in its layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tolmach.errors import ModelError
from tolmach.inference.base import Encoded
from tolmach.inference.codecs.pieces import PieceCodec, Vocabulary, added_tokens, load_sentencepiece

__all__ = ["NllbCodec"]

# fairseq puts these first and everything of SentencePiece's one place further on
_FIRST = ("<s>", "<pad>", "</s>", "<unk>")
_FAIRSEQ_OFFSET = 1
# SentencePiece's own control pieces, which have no place behind the offset
_CONTROL = 3
_CODE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


class NllbCodec(PieceCodec):
    """One SentencePiece model and language codes such as ``rus_Cyrl``.

    The source is ``rus_Cyrl pieces </s>``; the output is forced to begin with ``vie_Latn``. A
    model that is not told the languages translates fluently from or into the wrong one, so every
    code must be in the vocabulary.
    """

    def __init__(self, folder: Path, *, language_tokens: Mapping[str, str]) -> None:
        """Load the tokenizer files of a checkpoint.

        Args:
            folder: directory with ``sentencepiece.bpe.model``, and with the language codes in one
                of the files of :func:`added_tokens`.
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
        added = added_tokens(folder, pieces=first) or _published(first)
        wrong = [token for token, index in added.items() if tokens.get(token, index) != index]
        taken = {index for token, index in added.items() if token not in tokens and index < first}
        if wrong or taken:
            raise ModelError(
                f"{folder}: the added tokens do not fit sentencepiece.bpe.model with its {count} "
                f"pieces: {wrong[:1] or sorted(taken)[:1]}"
            )
        self.added: Mapping[str, int] = added
        self._vocabulary = Vocabulary(tokens | added, unknown="<unk>")
        self._special = frozenset((*_FIRST, *added))
        if not language_tokens:
            raise ModelError(f"{folder}: the card must name the codes under language_tokens")
        for language, code in language_tokens.items():
            if code not in added:
                raise ModelError(
                    f"{folder}: {code!r} (language_tokens: {language}) is no language of this "
                    f"model; {_examples(added)}"
                )
        self._codes = dict(language_tokens)

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """NLLB ends its output with ``</s>``."""
        return ("</s>",)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:
        """Encode one text.

        Raises:
            ModelError: there is no code for one of the languages.
        """
        for language in (source, target):
            if language not in self._codes:
                raise ModelError(f"no code for {language}; language_tokens has {self._codes}")
        pieces = self._vocabulary.known(self._model.encode(text, out_type=str))
        tokens = (self._codes[source], *pieces, "</s>")
        return Encoded(tokens, len(pieces), (self._codes[target],))


def _published(first: int) -> dict[str, int]:
    """Return the codes of NLLB-200 in the published order, for checkpoints without any list."""
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    return {code: first + place for place, code in enumerate(FAIRSEQ_LANGUAGE_CODES)}


def _examples(tokens: Iterable[str]) -> str:
    codes = [token for token in tokens if _CODE.fullmatch(token)]
    return f"its {len(codes)} codes are like {', '.join(codes[:3])}" if codes else "it has none"

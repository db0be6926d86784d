"""MarianMT."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tolmach.document import Span
from tolmach.errors import ModelError
from tolmach.inference.attending import Located
from tolmach.inference.base import Encoded
from tolmach.inference.codecs.origins import piece_spans, positions_before
from tolmach.inference.codecs.pieces import Vocabulary, load_sentencepiece, read_json
from tolmach.inference.punctuation import normalise

__all__ = ["MarianCodec"]

_LANGUAGE_TOKEN = re.compile(r">>[A-Za-z_]+<<")


class MarianCodec:
    """MarianMT: one SentencePiece model for each side and one vocabulary for both.

    Follows the layout of the published checkpoints (``source.spm``, ``target.spm``,
    ``vocab.json``): the source ends in ``</s>``; a multilingual model reads the wanted language
    as a first token such as ``>>vie<<``. What a model card says about that token is not always
    true, so the vocabulary decides.
    """

    def __init__(
        self,
        folder: Path,
        *,
        language_tokens: Mapping[str, str] | None = None,
        normalise_punctuation: bool = False,
    ) -> None:
        """Load the tokenizer files of a checkpoint.

        Args:
            folder: directory with the three files.
            language_tokens: first token by target language; one that the vocabulary lacks is not
                used. Empty: the model needs none. None: not known.
            normalise_punctuation: write the source with the punctuation of the training data, see
                :func:`tolmach.inference.punctuation.normalise`.

        Raises:
            ModelError: a file is missing or damaged, or the vocabulary has tokens for several
                target languages and it is not known which to use.
        """
        self._source = load_sentencepiece(folder / "source.spm")
        self._target = load_sentencepiece(folder / "target.spm")
        content = read_json(folder / "vocab.json")
        if not isinstance(content, dict) or not {"</s>", "<unk>"} <= content.keys():
            raise ModelError(f"{folder / 'vocab.json'} is no vocabulary with </s> and <unk>")
        self._vocabulary = Vocabulary(content, unknown="<unk>")
        offered = sorted(token for token in content if _LANGUAGE_TOKEN.fullmatch(token))
        self._language_tokens = {
            language: token
            for language, token in (language_tokens or {}).items()
            if token in self._vocabulary
        }
        missing = language_tokens is None or len(self._language_tokens) < len(language_tokens)
        if missing and len(offered) > 1:
            raise ModelError(
                f"{folder}: the vocabulary has several target languages "
                f"({', '.join(offered[:5])}{', ...' if len(offered) > 5 else ''}); the card must "
                "say under language_tokens which is meant, such as {vi: '>>vie<<'}, or {} for none"
            )
        self._normalise = normalise_punctuation

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """Marian ends its output with ``</s>``."""
        return ("</s>",)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:
        """Encode one text; the model itself knows its source language."""
        if self._normalise:
            text = normalise(text, language=source)
        known = self._vocabulary.known(self._source.encode(text, out_type=str))
        language = self._language_tokens.get(target)
        head = [language] if language else []
        return Encoded((*head, *known, "</s>"), len(known))

    def target(self, text: str) -> tuple[str, ...]:
        """Return a text as the network would write it; see :class:`VocabularyCodec`."""
        return tuple(self._vocabulary.known(self._target.encode(text, out_type=str)))

    def locate(self, text: str, *, source: str, target: str) -> Located | None:
        """Return what :meth:`encode` does, and where each token comes from."""
        read = normalise(text, language=source) if self._normalise else text
        encoded = self.encode(text, source=source, target=target)
        spans = piece_spans(self._source, read)
        back = positions_before(read, text)
        if spans is None or back is None or len(spans) != encoded.text_tokens:
            return None
        head = len(encoded) - len(spans) - 1
        found = [Span(back[span.start], back[span.end]) for span in spans]
        return Located(encoded, (*[None] * head, *found, None))

    def locate_output(self, text: str) -> tuple[tuple[str, ...], tuple[Span, ...]] | None:
        """Return what :meth:`target` does, and where each token comes from."""
        spans = piece_spans(self._target, text)
        tokens = self.target(text)
        return None if spans is None or len(spans) != len(tokens) else (tokens, spans)

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of output tokens, by the target side's model."""
        special = {"</s>", "<pad>", "<unk>"}
        pieces = [token for token in tokens if token not in special]
        # pieces of the shared vocabulary that the target's model lacks come back as they are
        return str(self._target.decode(pieces)).replace("▁", " ").strip()

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the vocabulary indexes of tokens."""
        return self._vocabulary.ids(tokens)

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at vocabulary indexes."""
        return self._vocabulary.tokens(ids)

    def vocabulary(self, size: int) -> list[str]:
        """Return the tokens by index; see :class:`VocabularyCodec`."""
        return self._vocabulary.listed(size)

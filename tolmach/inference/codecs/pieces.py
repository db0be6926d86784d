"""What the codecs share: SentencePiece files and the tokens that were added beside them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tolmach.errors import ModelError
from tolmach.inference.base import Codec

__all__ = [
    "ADDED_TOKENS",
    "PieceCodec",
    "Vocabulary",
    "VocabularyCodec",
    "added_tokens",
    "load_sentencepiece",
    "read_json",
]

ADDED_TOKENS = "added_tokens.json"
"""Written beside a converted model: vocabulary index by token, so that it is found at once."""


class VocabularyCodec(Codec, Protocol):
    """A codec that can name the token of every row of the network's embeddings."""

    def target(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text on the output's side, without prefix and end."""
        ...

    def vocabulary(self, size: int) -> list[str]:
        """Return so many tokens in the order of their indexes, each once.

        Args:
            size: rows of the embeddings; what the tokenizer lacks is filled up with names.

        Raises:
            ModelError: the tokenizer has more tokens than the network has rows.
        """
        ...


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


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be used: {error}") from error


def added_tokens(folder: Path, *, pieces: int) -> dict[str, int]:
    """Return the tokens that a checkpoint has beside its SentencePiece model, with their indexes.

    Several generations of checkpoints say it in different files; the first that says it counts:
    ``added_tokens.json``, ``tokenizer.json`` (``added_tokens``), ``tokenizer_config.json``
    (``added_tokens_decoder``), and last ``special_tokens_map.json`` or ``tokenizer_config.json``
    (``additional_special_tokens``, a list whose order says the indexes).

    Args:
        folder: of the checkpoint, or of the converted model.
        pieces: vocabulary index of the first token of such a list.

    Raises:
        ModelError: a file is damaged.
    """
    for name, read in _PLACES:
        if (folder / name).is_file():
            content = read_json(folder / name)
            try:
                found = read(content, pieces)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise ModelError(f"{folder / name} cannot be used: {error!r}") from error
            if found:
                return found
    return {}


def _mapping(content: Any, _pieces: int) -> dict[str, int]:
    return {str(token): int(index) for token, index in content.items()}


def _tokenizer(content: Any, _pieces: int) -> dict[str, int]:
    return {item["content"]: int(item["id"]) for item in content.get("added_tokens") or ()}


def _decoder(content: Any, _pieces: int) -> dict[str, int]:
    items: Mapping[str, Any] = content.get("added_tokens_decoder") or {}
    return {item["content"]: int(index) for index, item in items.items()}


def _listed(content: Any, pieces: int) -> dict[str, int]:
    items: Sequence[Any] = content.get("additional_special_tokens") or ()
    names = [item if isinstance(item, str) else item["content"] for item in items]
    return {name: pieces + place for place, name in enumerate(names)}


_PLACES = (
    (ADDED_TOKENS, _mapping),
    ("tokenizer.json", _tokenizer),
    ("tokenizer_config.json", _decoder),
    ("special_tokens_map.json", _listed),
    ("tokenizer_config.json", _listed),
)


class Vocabulary:
    """Tokens and their indexes, both ways."""

    def __init__(self, tokens: Mapping[str, int], *, unknown: str) -> None:
        """Take tokens with their indexes.

        Args:
            tokens: vocabulary index by token.
            unknown: what stands for tokens and indexes that are not there.
        """
        self._ids = dict(tokens)
        self._tokens = {index: token for token, index in self._ids.items()}
        self._unknown = unknown

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def known(self, pieces: Sequence[str]) -> list[str]:
        """Return the pieces; what the network has no row for becomes the unknown token."""
        return [piece if piece in self._ids else self._unknown for piece in pieces]

    def ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the indexes of tokens."""
        unknown = self._ids[self._unknown]
        return [self._ids.get(token, unknown) for token in tokens]

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at indexes."""
        return [self._tokens.get(index, self._unknown) for index in ids]

    def listed(self, size: int) -> list[str]:
        """Return so many tokens by index; see :meth:`VocabularyCodec.vocabulary`.

        Raises:
            ModelError: there are more tokens.
        """
        beyond = [token for token, index in self._ids.items() if index >= size]
        if beyond:
            raise ModelError(
                f"the tokenizer has {len(beyond)} tokens that the network has no row for "
                f"({size} rows), such as {beyond[0]!r}"
            )
        return [self._tokens.get(index, f"<unused_{index}>") for index in range(size)]


class PieceCodec:
    """The half that families share: one SentencePiece model and one vocabulary for both sides."""

    _model: Any
    _vocabulary: Vocabulary
    _special: Collection[str]

    def target(self, text: str) -> tuple[str, ...]:
        """Return a text as the network would write it; see :class:`VocabularyCodec`."""
        return tuple(self._vocabulary.known(self._model.encode(text, out_type=str)))

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of output tokens."""
        # rows that are no token of the tokenizer have names of their own
        known = [token for token in tokens if token in self._vocabulary]
        pieces = [token for token in known if token not in self._special]
        return str(self._model.decode(pieces)).strip()

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the vocabulary indexes of tokens."""
        return self._vocabulary.ids(tokens)

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at vocabulary indexes."""
        return self._vocabulary.tokens(ids)

    def vocabulary(self, size: int) -> list[str]:
        """Return the tokens by index; see :class:`VocabularyCodec`."""
        return self._vocabulary.listed(size)

"""BART (Lewis et al. 2019, arXiv:1910.13461): byte-level BPE as GPT-2 has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tolmach.errors import ModelError
from tolmach.inference.base import Encoded
from tolmach.inference.codecs.pieces import Vocabulary, read_json

__all__ = ["BartCodec"]

_BEGIN, _PAD, _END, _UNKNOWN, _MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"
_SPECIAL = frozenset((_BEGIN, _PAD, _END, _UNKNOWN, _MASK))


class BartCodec:
    """One vocabulary of byte-level pieces; source and output stand between ``<s>`` and ``</s>``.

    BART knows one language, so nothing says which is meant. The output is forced to begin with
    ``<s>``, as the published checkpoints ask for (``forced_bos_token_id``).
    """

    def __init__(self, folder: Path) -> None:
        """Load the tokenizer files of a checkpoint.

        Args:
            folder: directory with ``vocab.json`` and ``merges.txt``.

        Raises:
            ModelError: a file is missing or damaged.
        """
        content = read_json(folder / "vocab.json")
        if not isinstance(content, dict) or not {_BEGIN, _PAD, _END, _UNKNOWN} <= content.keys():
            raise ModelError(
                f"{folder / 'vocab.json'} is no vocabulary with {_BEGIN}, {_PAD}, {_END} and "
                f"{_UNKNOWN}"
            )
        self._vocabulary = Vocabulary(content, unknown=_UNKNOWN)
        self._tokenizer, self._decoder = _load(folder, content)

    @property
    def end_tokens(self) -> tuple[str, ...]:
        """BART ends its output with ``</s>``."""
        return (_END,)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:  # noqa: ARG002
        """Encode one text; the model itself knows its language."""
        pieces = self.target(text)
        return Encoded((_BEGIN, *pieces, _END), len(pieces), (_BEGIN,))

    def target(self, text: str) -> tuple[str, ...]:
        """Return a text as the network would write it; see :class:`VocabularyCodec`."""
        return tuple(self._vocabulary.known(self._tokenizer.encode(text).tokens))

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of output tokens."""
        pieces = [t for t in tokens if t in self._vocabulary and t not in _SPECIAL]
        return str(self._decoder.decode(pieces)).strip()

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the vocabulary indexes of tokens."""
        return self._vocabulary.ids(tokens)

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens at vocabulary indexes."""
        return self._vocabulary.tokens(ids)

    def vocabulary(self, size: int) -> list[str]:
        """Return the tokens by index; see :class:`VocabularyCodec`."""
        return self._vocabulary.listed(size)


def _load(folder: Path, content: dict[str, int]) -> tuple[Any, Any]:
    """Return what divides a text into pieces, and what puts them together."""
    import tokenizers

    library: Any = tokenizers  # parts of it have no types
    path = folder / "merges.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        merges = [tuple(line.split()) for line in lines if line and not line.startswith("#version")]
        pieces = library.models.BPE(content, merges, unk_token=_UNKNOWN)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path} cannot be used: {error}") from error
    except Exception as error:  # the library raises this class itself
        raise ModelError(f"{path} does not fit vocab.json: {error}") from error
    tokenizer = library.Tokenizer(pieces)
    # the first word has no space before it, as the checkpoints were trained
    tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer, library.decoders.ByteLevel()

"""Making a model's vocabulary smaller: the output layer is most of the work for each token.

A multilingual model carries pieces of many languages and scripts; a translator between three of
them pays for all of them at every step. Here the rows that are not needed are left out of the
embeddings (which are the output layer as well), once, when the model is prepared. No weight is
changed and nothing is trained (Abdaoui et al. 2020, "Load What You Need", arXiv:2010.05609).

Any text can still be written: a piece that is missing is spelled with smaller pieces, and a
character that is missing with its UTF-8 bytes.

SentencePiece's BPE makes a piece by merging two neighbours again and again, always the pair whose
concatenation has the best score. So a piece can only be made if all the pieces on its way are
there: :func:`close_merges` adds them. For a closed selection every text whose pieces are all kept
is cut exactly as by the whole vocabulary: each merge on its way is still the best one left.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from tolmach.catalog.gguf import GemmaWeights
from tolmach.errors import PreparationError

__all__ = ["close_merges", "merge_path", "prune", "read_pieces", "write_pieces"]

_EMBEDDINGS = "token_embd.weight"
_NEEDED = ("<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)))


def merge_path(text: str, scores: Mapping[str, float]) -> Iterator[str]:
    """Yield every piece that BPE makes on the way from characters to the final pieces.

    This is SentencePiece's algorithm (Sennrich et al. 2016, arXiv:1508.07909; Kudo and Richardson
    2018, arXiv:1808.06226): merge the neighbours whose concatenation scores best, the leftmost of
    equals, until no concatenation is a piece. It takes quadratic time and is meant for words.

    Args:
        text: what is to be cut, with ``▁`` for spaces.
        scores: by piece.

    Yields:
        The characters, then the piece that each merge makes.
    """
    symbols = list(text)
    yield from symbols
    while True:
        pairs = [
            (scores[first + second], -place)
            for place, (first, second) in enumerate(pairwise(symbols))
            if first + second in scores
        ]
        if not pairs:
            return
        place = -max(pairs)[1]
        symbols[place : place + 2] = [symbols[place] + symbols[place + 1]]
        yield symbols[place]


def close_merges(keep: Iterable[str], scores: Mapping[str, float]) -> frozenset[str]:
    """Return a selection of pieces together with all pieces that are needed to make them.

    Args:
        keep: pieces made by merging, or single characters; bytes and control pieces are no such.
        scores: by piece, the whole vocabulary (again without bytes and control pieces).

    Returns:
        The closed selection. It has no single character that the vocabulary itself lacks.
    """
    closed: set[str] = set()
    for piece in keep:
        # a piece that was made on the way to another has its own way in it already
        if piece not in closed:
            closed.update(part for part in merge_path(piece, scores) if part in scores)
            closed.add(piece)
    return frozenset(closed)


def prune(weights: GemmaWeights, keep: Iterable[str]) -> GemmaWeights:
    """Return the weights with only some pieces of the vocabulary, in their old order.

    Args:
        weights: the model; its embeddings serve as output layer as well.
        keep: the pieces; see :func:`close_merges` for which selections make sense.

    Raises:
        PreparationError: the model has no such piece, or one that no text can do without (a byte,
            the beginning, the end) would be lost.
    """
    wanted = frozenset(keep)
    _refuse(sorted(wanted.difference(weights.pieces)), "the model has no piece")
    _refuse([piece for piece in _NEEDED if piece not in wanted], "the vocabulary list lacks")
    rows = [row for row, piece in enumerate(weights.pieces) if piece in wanted]
    embeddings = weights.tensors[_EMBEDDINGS]
    if embeddings.shape[0] != len(weights.pieces):
        raise PreparationError(
            f"the model has {len(weights.pieces)} pieces but {embeddings.shape[0]} embeddings"
        )
    return replace(
        weights,
        tensors={**weights.tensors, _EMBEDDINGS: embeddings[rows]},
        pieces=[weights.pieces[row] for row in rows],
        scores=[weights.scores[row] for row in rows],
        types=[weights.types[row] for row in rows],
    )


def _refuse(pieces: Sequence[str], complaint: str) -> None:
    if pieces:
        more = f" and {len(pieces) - 3} more" if len(pieces) > 3 else ""
        raise PreparationError(f"{complaint} {', '.join(map(repr, pieces[:3]))}{more}")


def read_pieces(path: Path) -> tuple[str, ...]:
    """Read a list of pieces that :func:`write_pieces` has written.

    Raises:
        PreparationError: the file is missing or damaged.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).decode("utf-8")
        # not splitlines: a piece may hold other line ends, such as U+2028
        found = [line for line in lines.split("\n") if line and not line.startswith("#")]
        pieces = tuple(json.loads(line) for line in found)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise PreparationError(f"the vocabulary list {path} cannot be read: {error}") from error
    if not pieces or not all(isinstance(piece, str) for piece in pieces):
        raise PreparationError(f"the vocabulary list {path} is empty or holds no pieces")
    return pieces


def write_pieces(path: Path, pieces: Iterable[str], *, notes: Sequence[str] = ()) -> None:
    """Write a list of pieces: gzip of UTF-8 lines, each a JSON string, sorted; ``#`` is a note.

    The same pieces and notes give the same bytes (no time is stored), so the file may be hashed.
    ``zcat`` shows it.

    Args:
        path: the file.
        pieces: in any order.
        notes: lines about where the list comes from.
    """
    lines = [f"# {note}" for note in notes]
    lines += [json.dumps(piece, ensure_ascii=False) for piece in sorted(set(pieces))]
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode("utf-8"), 9, mtime=0))

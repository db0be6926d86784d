"""A shortlist of target tokens: what a model's output layer need look at for a given source.

Most of a vocabulary can never occur in the translation of a given sentence, yet the output layer
weighs all of it at every step. A shortlist names, for each source token, the target tokens it may
become; for a batch the union of its rows' lists is weighed, and nothing else. It is learned from
the model's own translations of monolingual text, by IBM Model 1 (Brown et al. 1993, "The
Mathematics of Statistical Machine Translation", section 4.1), as in the shortlists of Marian.

What a row may become then depends a little on its neighbours in the batch, so a shortlist is used
only if the run settings say so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tolmach.batching import windows
from tolmach.errors import ModelError
from tolmach.inference.base import TextModel
from tolmach.inference.ct2 import SHORTLIST
from tolmach.inference.dispatch import Dispatcher
from tolmach.writers.base import write_atomically

__all__ = ["Pair", "learn", "pairs", "write"]

Pair = tuple[Sequence[str], Sequence[str]]
"""Source and target tokens of one sentence."""

_ITERATIONS = 4
_BATCH_ROWS = 32
# what a token of the source becomes hardly ever is not worth weighing it each time
_LEAST_PROBABILITY = 0.005


def pairs(model: TextModel, lines: Iterable[str], *, source: str, target: str) -> Iterator[Pair]:
    """Translate lines and yield their tokens.

    Args:
        model: an encoder-decoder model.
        lines: monolingual text, a sentence each; read lazily.
        source: language code.
        target: language code.

    Raises:
        GenerationError: the engine failed.
    """
    encoded = (model.encode(line, source=source, target=target) for line in lines)
    fitting = (row for row in encoded if 0 < row.text_tokens <= model.max_source_tokens)
    with Dispatcher[list[tuple[str, ...]]]() as dispatcher:
        for rows in windows(fitting, size=_BATCH_ROWS):
            tokens = [row.tokens for row in rows]
            dispatcher.submit(tokens, rows, model=model, decoding=model.decoding)
            if not dispatcher.has_room:
                yield from _collected(dispatcher)
        while dispatcher.flying:
            yield from _collected(dispatcher)


def _collected(dispatcher: Dispatcher[list[tuple[str, ...]]]) -> Iterator[Pair]:
    answer = dispatcher.collect()
    if answer.error is not None:
        raise answer.error
    for tokens, (best, *_) in zip(answer.ticket, answer.hypotheses, strict=True):
        if best.finished and best.tokens:
            yield tokens, best.tokens


def learn(
    sentences: Sequence[Pair], *, per_token: int = 50, common: int = 500
) -> dict[str, tuple[str, ...]]:
    """Learn which target tokens each source token may become.

    Args:
        sentences: source and target tokens.
        per_token: the most target tokens for one source token, likeliest first.
        common: so many of the most frequent target tokens are allowed everywhere.

    Returns:
        Target tokens by source token; those that are allowed everywhere under the empty string.

    Raises:
        ModelError: there are no sentences.
    """
    if not sentences:
        raise ModelError("a shortlist needs sentences to learn from; none was translated")
    table = _translation_table(sentences)
    found = {}
    for token, row in sorted(table.items()):
        ranked = sorted(row.items(), key=lambda item: (-item[1], item[0]))[:per_token]
        found[token] = tuple(name for name, share in ranked if share >= _LEAST_PROBABILITY)
    seen = Counter(token for _, target in sentences for token in target)
    everywhere = sorted(seen, key=lambda token: (-seen[token], token))[:common]
    return {"": tuple(everywhere), **found}


def _translation_table(sentences: Sequence[Pair]) -> Mapping[str, Mapping[str, float]]:
    """Return P(target token | source token) after a few rounds of expectation maximisation."""
    different = [(sorted(set(source)), sorted(set(target))) for source, target in sentences]
    table: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for source, target in different:
        for token in source:
            for name in target:
                table[token][name] = 1.0
    for _ in range(_ITERATIONS):
        counts: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for source, target in different:
            for name in target:
                total = sum(table[token][name] for token in source)
                for token in source:
                    counts[token][name] += table[token][name] / total
        table = {
            token: {name: count / whole for name, count in row.items()}
            for token, row in counts.items()
            if (whole := sum(row.values()))
        }
    return table


def write(shortlist: Mapping[str, Sequence[str]], folder: Path) -> Path:
    """Write a shortlist into the folder of a converted model, in CTranslate2's format.

    Args:
        shortlist: what :func:`learn` returned.
        folder: where ``model.bin`` lies.

    Returns:
        The file.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / SHORTLIST
    # a source token, a tab, the target tokens; no source token: allowed everywhere
    lines = [f"{token}\t{' '.join(allowed)}\n" for token, allowed in shortlist.items()]
    write_atomically(path, "".join(lines))
    return path

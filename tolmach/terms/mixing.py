"""Names given to a model in the form they must have in its output.

A small model that does not know a name writes a similar one that it knows, and no comparison of
sounds finds the right name in that afterwards. Latin letters in a Russian sentence it copies.
Replacing words of the source before translation is known from work on terminology constraints
(Dinu et al. 2019, "Training Neural Machine Translation to Apply Terminology Constraints", who
train for it; Song et al. 2019, "Code-Switching for Enhancing NMT with Pre-Specified Translation").
"""

from __future__ import annotations

from collections.abc import Sequence

from tolmach.terms.base import Mention

__all__ = ["with_names"]


def with_names(source: str, mentions: Sequence[Mention], *, to: str) -> str:
    """Return a source text in which names stand as the target language writes them.

    Args:
        source: Russian text.
        mentions: names in it, in order, not overlapping.
        to: language code of the forms.

    Returns:
        The text for the model. Lines in capitals are left as they are: a single word in small
        letters would be the one that stands out there.
    """
    if source.isupper():
        return source
    pieces: list[str] = []
    position = 0
    for mention in mentions:
        pieces += source[position : mention.span.start], mention.name.form(to)
        position = mention.span.end
    return "".join((*pieces, source[position:]))

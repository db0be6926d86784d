"""Whether a summary says only what its article says."""

from __future__ import annotations

from tolmach.document import Article
from tolmach.summarization.gate import Evidence, objections

__all__ = ["faithful_share"]


def faithful_share(article: Article) -> float:
    """Return the share of summary sentences that the gate of summaries has no objection to.

    Numbers and names must be in the article (:func:`tolmach.summarization.gate.objections`).
    Sentences are compared with the whole article rather than with the passage they were made
    from, so that all systems are measured alike.

    Args:
        article: with a summary.

    Returns:
        0 to 1; 0 without a summary.
    """
    if article.summary is None or not article.summary.sentences:
        return 0.0
    evidence = Evidence(
        article.text, article.text, article.document.text, "", article.to, strict=False
    )
    good = sum(not objections(item.text, evidence) for item in article.summary.sentences)
    return good / len(article.summary.sentences)

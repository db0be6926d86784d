"""The stage that checks every translated segment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from pydantic import field_validator

from tolmach.checks.article import check_article
from tolmach.checks.base import CODES
from tolmach.checks.names import known_names
from tolmach.config.schema import Options
from tolmach.document import Article, EditorWarning, Severity
from tolmach.errors import TolmachError
from tolmach.stages import Context, Item, each
from tolmach.terms.glossary import Glossary, load_glossary

__all__ = ["CheckOptions", "CheckStage"]

_LISTED = 3


class CheckOptions(Options):
    """Options of the stage ``check``.

    Attributes:
        skip: codes of checks that are not wanted (``off`` would be a truth value in YAML).
        strict: whether a document with errors fails: nothing of it is written.
        glossary: files with terms to look for; nothing is replaced. For pipelines without the
            stage ``terms``, which looks for them as well.
    """

    skip: tuple[str, ...] = ()
    strict: bool = False
    glossary: tuple[str, ...] = ()

    @field_validator("skip")
    @classmethod
    def _known(cls, skip: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [code for code in skip if code not in CODES]
        if unknown:
            raise ValueError(f"no check {', '.join(unknown)}; known: {', '.join(CODES)}")
        return skip


class CheckStage:
    """Adds to translated segments what an editor must look at."""

    requires: ClassVar[frozenset[str]] = frozenset({"articles"})
    assigns: ClassVar[frozenset[str]] = frozenset({"checks"})
    options: ClassVar[type[Options]] = CheckOptions

    def __init__(self, options: CheckOptions) -> None:
        """Set up the stage.

        Raises:
            ConfigError: a glossary cannot be read or is wrong.
        """
        self._skip = frozenset(options.skip)
        self._strict = options.strict
        files = tuple(map(Path, options.glossary))
        self._glossary: Glossary | None = load_glossary(*files) if files else None

    def signature(self) -> Mapping[str, str]:
        """Checks do not change the text; which ones were skipped is worth telling."""
        return {"checks skipped": ",".join(sorted(self._skip))} if self._skip else {}

    def __call__(self, items: Iterable[Item], context: Context) -> Iterator[Item]:  # noqa: ARG002
        """Check the articles of each document."""
        return each(items, "check", self._check)

    def _check(self, item: Item) -> Item:
        articles = {
            to: check_article(article, skip=self._skip, glossary=self._glossary, known=known_names)
            for to, article in item.articles.items()
        }
        checked = replace(item, articles=MappingProxyType(articles))
        if not self._strict:
            return checked
        # the report still tells all that was found
        return replace(checked, failure=_refusal(item.source.name, articles.values()))


def _refusal(name: str, articles: Iterable[Article]) -> TolmachError | None:
    """Return why a document is refused, None if it has no errors."""
    errors = [
        (article.to, item)
        for article in articles
        for item in article.all_warnings()
        if item.severity is Severity.ERROR
    ]
    if not errors:
        return None
    listed = "; ".join(_told(to, item) for to, item in errors[:_LISTED])
    more = f"; and {len(errors) - _LISTED} more" if len(errors) > _LISTED else ""
    noun = "error" if len(errors) == 1 else "errors"
    return TolmachError(f"{name}: {len(errors)} {noun} (strict): {listed}{more}")


def _told(to: str, item: EditorWarning) -> str:
    return f"{to}: {item.code}: {item.message}"

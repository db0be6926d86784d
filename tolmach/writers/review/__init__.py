"""The review page: one HTML file in which an editor reads, corrects and approves a translation.

The page needs nothing but itself. Its parts lie beside this module: ``page.html`` with the places
that are filled in, ``page.css``, and the scripts of the folder ``script``, in the order of
:data:`SCRIPTS`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tolmach.document import Article
from tolmach.writers.review.data import page_data

__all__ = ["SCRIPTS", "ReviewWriter", "as_script_data"]

SCRIPTS: Final = (
    "dom.js",
    "model.js",
    "spans.js",
    "exports.js",
    "rows.js",
    "actions.js",
    "panels.js",
    "keys.js",
    "main.js",
)
"""The scripts of the page, in the order in which they build on each other."""

_PLACE = re.compile(r"\{\{(\w+)\}\}")
# what could end the element that the data stands in, or the line of a script
_UNSAFE = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}


class ReviewWriter:
    """Writes ``visit.review.html``."""

    def render(self, article: Article) -> Mapping[str, str]:
        """Return the page."""
        style, script = _assets()
        values = {
            "lang": "en",
            "title": html.escape(f"{article.name} · {article.to} · review"),
            "policy": html.escape(_policy(style, script)),
            "style": style,
            "data": as_script_data(page_data(article)),
            "script": script,
        }
        # in one pass: what an article says is never taken for a place to fill in
        return {".review.html": _PLACE.sub(lambda place: values[place[1]], _asset("page.html"))}


def as_script_data(values: Mapping[str, Any]) -> str:
    """Return values as JSON that may stand in a ``script`` element, whatever texts they hold."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    # half of a surrogate pair cannot be written in UTF-8
    return text.translate(_UNSAFE).encode("utf-8", "replace").decode()


@cache
def _assets() -> tuple[str, str]:
    scripts = "\n".join(_asset(f"script/{name}") for name in SCRIPTS)
    return _asset("page.css"), f'"use strict";\n(() => {{\n{scripts}\n}})();\n'


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the content security policy: nothing is loaded, and only our script runs."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

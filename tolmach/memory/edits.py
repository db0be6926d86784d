"""Reading the edits that the review page exports: a small JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tolmach.errors import InputError
from tolmach.memory.exchange import Unit, language, refuse

__all__ = ["read_edits"]

_VERSION = 1
_MOST_BYTES = 256_000_000


def read_edits(path: Path) -> Iterator[Unit]:
    """Yield the segments of a file with edits.

    Args:
        path: the file.

    Raises:
        InputError: it cannot be read, or it is no file with edits of ours.
    """
    content = _content(path)
    pair = language(content.get("source_language")), language(content.get("target_language"))
    document = content.get("document", "")
    segments = content.get("segments")
    if not isinstance(segments, list) or not isinstance(document, str) or not all(pair):
        raise InputError(f"{path}: lacks languages, document or segments; export it again")
    for number, segment in enumerate(segments):
        texts = [_text(segment, key) for key in ("source", "target", "machine")]
        if None in texts or not isinstance(segment.get("approved", False), bool):
            raise InputError(f"{path}: segment {number} is damaged; export it again")
        source, target, machine = (text or "" for text in texts)
        yield Unit(source, target, pair, segment.get("approved", False), machine, document)


def _text(segment: Any, key: str) -> str | None:
    found = segment.get(key, "") if isinstance(segment, Mapping) else None
    return found if isinstance(found, str) else None


def _content(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: is larger than {_MOST_BYTES // 10**6} MB")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not in UTF-8: {error.reason}") from error
    except json.JSONDecodeError as error:
        raise refuse(path, error.lineno, f"is no JSON: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{path}: is no file with edits: it is nested too deeply") from error
    if not isinstance(content, dict) or content.get("tolmach") != "edits":
        raise InputError(f"{path}: is no file with edits that a review page exported")
    if content.get("version") != _VERSION:
        raise InputError(
            f"{path}: has version {content.get('version')!r} of the format, known is {_VERSION}; "
            "a newer tolmach may read it"
        )
    return content

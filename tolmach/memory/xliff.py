"""Reading what comes back from a translation tool: XLIFF 2.x and 1.2.

Source: the OASIS standards XLIFF 2.1 (2018) and 1.2 (2008). What counts as approved is, in version
2, a unit all of whose segments have the state ``reviewed`` or ``final``; in version 1.2 one with
``approved="yes"`` or a target of the state ``signed-off`` or ``final``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tolmach.memory.exchange import Unit, inner_text, language, local_name, opened, stream

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read_xliff"]

_TEXT_1: Final = frozenset({"g", "mrk"})
_TEXT_2: Final = frozenset({"pc", "mrk"})
_DONE_1: Final = frozenset({"signed-off", "final"})
_DONE_2: Final = frozenset({"reviewed", "final"})


def read_xliff(path: Path) -> Iterator[Unit]:
    """Yield the segments of an XLIFF file; those that are not to be translated are left out.

    Args:
        path: the file.

    Raises:
        InputError: it cannot be read.
    """
    pair = ("", "")
    document = ""
    with opened(path) as file:
        for event, element in stream(file, ("xliff", "file", "unit", "trans-unit")):
            name = local_name(element)
            if event == "start":
                if name == "xliff":
                    pair = language(element.get("srcLang")), language(element.get("trgLang"))
                elif name == "file":
                    document = element.get("original") or ""
                    if element.get("source-language"):
                        pair = (
                            language(element.get("source-language")),
                            language(element.get("target-language")),
                        )
            elif name == "unit" and element.get("translate") != "no":
                yield _unit(element, path, pair, document)
            elif name == "trans-unit" and element.get("translate") != "no":
                yield _trans_unit(element, path, pair, document)


def _unit(element: _Element, path: Path, pair: tuple[str, str], document: str) -> Unit:
    source: list[str] = []
    target: list[str] = []
    states: list[str] = []
    for part in element:
        if local_name(part) not in {"segment", "ignorable"}:
            continue
        for kind, pieces in (("source", source), ("target", target)):
            child = _child(part, kind)
            if child is not None:
                pieces.append(inner_text(child, path, transparent=_TEXT_2))
        if local_name(part) == "segment":
            states.append(part.get("state", "initial"))
    done = bool(states) and all(state in _DONE_2 for state in states)
    found = _child(element, "notes")
    notes = () if found is None else tuple(found)
    proposed = (note.text or "" for note in notes if note.get("category") == "machine")
    machine = next(proposed, "")
    return Unit(
        "".join(source),
        "".join(target),
        pair,
        done,
        machine,
        document,
        line=element.sourceline or 0,
    )


def _trans_unit(element: _Element, path: Path, pair: tuple[str, str], document: str) -> Unit:
    source, target = _child(element, "source"), _child(element, "target")
    state = "" if target is None else target.get("state", "")
    machine = ""
    for other in element:
        if local_name(other) == "alt-trans" and other.get("origin") == "tolmach":
            proposed = _child(other, "target")
            if proposed is not None:
                machine = inner_text(proposed, path, transparent=_TEXT_1)
    return Unit(
        "" if source is None else inner_text(source, path, transparent=_TEXT_1),
        "" if target is None else inner_text(target, path, transparent=_TEXT_1),
        pair,
        element.get("approved") == "yes" or state in _DONE_1,
        machine,
        document,
        line=element.sourceline or 0,
    )


def _child(element: _Element, name: str) -> _Element | None:
    return next((child for child in element if local_name(child) == name), None)

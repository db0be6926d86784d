"""What files of other tools say about segments, and reading XML from them safely.

XML is read as a stream, so that a file may be larger than the memory. Entities are refused, DTDs
and the network are never looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tolmach.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Unit", "inner_text", "language", "local_name", "opened", "refuse", "stream"]

LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Unit:
    """A segment as a file has it.

    Attributes:
        source: the text.
        target: its translation, empty if there is none.
        pair: languages, without regions.
        approved: whether somebody has approved it.
        machine: what the machine had proposed; empty if the file does not say it.
        document: where it belongs; empty if the file does not say it.
        changed: when it was changed last, in seconds since 1970; 0 if the file does not say it.
        line: where it stands in the file, 1-based; 0 if that is not known.
    """

    source: str
    target: str
    pair: tuple[str, str]
    approved: bool
    machine: str = ""
    document: str = ""
    changed: int = 0
    line: int = 0


def language(code: str | None) -> str:
    """Return a language code without region and script: ``ru`` for ``ru-RU`` or ``RU_ru``."""
    return (code or "").replace("_", "-").partition("-")[0].strip().lower()


def refuse(path: Path, line: int, what: str) -> InputError:
    """Return the error for a file that cannot be used, with its place."""
    return InputError(f"{path}:{line}: {what}" if line else f"{path}: {what}")


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a file for reading bytes.

    Raises:
        InputError: it cannot be read, or it is no well-formed XML.
    """
    from lxml import etree

    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except etree.XMLSyntaxError as error:
        raise refuse(path, error.lineno or 0, f"is no well-formed XML: {error.msg}") from error


def stream(file: Any, tags: Sequence[str]) -> Iterator[tuple[str, _Element]]:
    """Yield the beginnings and the ends of elements, by their local names.

    An element is emptied after its end was looked at, unless it is within another one of ``tags``.

    Args:
        file: an open file.
        tags: local names.
    """
    from lxml import etree

    events = etree.iterparse(
        file,
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in tags],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    for event, element in events:
        yield event, element
        if event == "end":
            _forget(element)


def _forget(element: _Element) -> None:
    parent = element.getparent()
    element.clear()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local_name(element: _Element) -> str:
    """Return the name of an element without its namespace; empty for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def inner_text(element: _Element, path: Path, *, transparent: Collection[str]) -> str:
    """Return the text of an element, without what stands for the markup of the original.

    Args:
        element: such as a ``seg``.
        path: of the file, for errors.
        transparent: local names of elements whose content is text; that of others is markup.

    Raises:
        InputError: there is an entity in it.
    """
    from lxml import etree

    pieces = [element.text or ""]
    for child in element:
        if child.tag is etree.Entity:
            raise refuse(path, element.sourceline or 0, "has an entity, and those are not read")
        name = local_name(child)
        if name in transparent:
            pieces.append(inner_text(child, path, transparent=transparent))
        elif name == "cp":  # a character that XML cannot have
            pieces.append(_character(child, path))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _character(element: _Element, path: Path) -> str:
    try:
        return chr(int(element.get("hex", ""), 16))
    except (ValueError, OverflowError):
        raise refuse(path, element.sourceline or 0, "has a <cp> without a hex code") from None

"""Reading examples from files: a function for each kind of data, errors with file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach.errors import InputError
from tolmach.evaluation.corpus import Example, text_of
from tolmach.languages import SOURCE

__all__ = [
    "file_text",
    "from_lines",
    "from_records",
    "from_tmx",
    "json_lines",
    "read_lines",
    "table_rows",
]


def file_text(path: Path) -> str:
    """Return the text of a file in UTF-8, without a byte order mark.

    Raises:
        InputError: it cannot be read or is in another encoding; says where.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}:{line}: not UTF-8 (byte 0x{data[error.start]:02x}); convert the file first"
        ) from error


def read_lines(path: Path) -> list[str]:
    r"""Return the lines of a file.

    Only ``\n`` and ``\r\n`` end lines: a text may hold the other characters that Python takes for
    line ends, and then the lines of two files would no longer belong together.

    Raises:
        InputError: it cannot be read, or is not UTF-8.
    """
    lines = file_text(path).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def from_lines(
    source: Path, references: Mapping[str, Sequence[Path]], *, documents: Path | None = None
) -> list[Example]:
    """Read parallel files, text line by line.

    Args:
        source: Russian.
        references: by target language.
        documents: a file with the name of the document of each line.

    Raises:
        InputError: files have different numbers of lines, or lines are empty.
    """
    lines = read_lines(source)
    columns: dict[str, list[list[str]]] = {
        to: [_aligned(path, lines, source) for path in paths] for to, paths in references.items()
    }
    names = [""] * len(lines) if documents is None else _aligned(documents, lines, source)
    examples = []
    for index, line in enumerate(lines):
        number = index + 1
        found = {
            to: tuple(
                text_of(column[index], f"{path}:{number}", "the reference")
                for path, column in zip(references[to], listed, strict=True)
            )
            for to, listed in columns.items()
        }
        place = f"{source}:{number}"
        text = text_of(line, place, "the source")
        examples.append(
            Example(str(number), text, MappingProxyType(found), names[index].strip(), place)
        )
    return examples


def _aligned(path: Path, lines: Sequence[str], source: Path) -> list[str]:
    found = read_lines(path)
    if len(found) != len(lines):
        raise InputError(
            f"{path}: {len(found)} lines, but {source} has {len(lines)}: they do not belong "
            "together line by line"
        )
    return found


def json_lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield file with line, and the object on it.

    Raises:
        InputError: a line is not a JSON object.
    """
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{place}: not JSON: {error}") from error
        if not isinstance(record, dict):
            raise InputError(f"{place}: must be a JSON object")
        yield place, record


def table_rows(path: Path, *, header: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield file with line, and the cells of each row of a tab-separated file.

    Args:
        path: the file.
        header: whether the first line names the columns; else they are called ``1``, ``2``, …

    Raises:
        InputError: a row has more or fewer cells than the first one.
    """
    rows = [line.split("\t") for line in read_lines(path)]
    if not rows:
        return
    names = rows[0] if header else [str(number + 1) for number in range(len(rows[0]))]
    if len(set(names)) < len(names):
        raise InputError(f"{path}:1: two columns have the same name")
    for number, row in enumerate(rows[1:] if header else rows, start=2 if header else 1):
        if len(row) != len(names):
            raise InputError(f"{path}:{number}: {len(row)} columns instead of {len(names)}")
        yield f"{path}:{number}", dict(zip(names, row, strict=True))


def from_records(
    records: Iterator[tuple[str, Mapping[str, Any]]],
    columns: Mapping[str, str],
    *,
    to: Sequence[str],
) -> list[Example]:
    """Make examples of records.

    Args:
        records: place for messages, and values by column.
        columns: which column holds ``ru``, ``en``, ``vi``, ``id`` and ``document``. The first
            must be there; a missing id is the number of the record. A reference may be a list.
        to: languages whose references are read.

    Raises:
        InputError: a value is missing or no text.
    """
    examples = []
    for number, (place, record) in enumerate(records, start=1):
        found = {
            language: _references(record.get(columns.get(language, language)), place, language)
            for language in to
        }
        source = text_of(record.get(columns.get(SOURCE, SOURCE)), place, "the source")
        name = record.get(columns.get("id", "id"), number)
        document = record.get(columns.get("document", "document")) or ""
        examples.append(Example(str(name), source, MappingProxyType(found), str(document), place))
    return examples


def _references(value: object, place: str, language: str) -> tuple[str, ...]:
    what = f"the reference in {language!r}"
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed:
        raise InputError(f"{place}: {what} is missing")
    return tuple(text_of(item, place, what) for item in listed)


def from_tmx(path: Path, *, to: Sequence[str]) -> list[Example]:
    """Read a TMX file; translation units that lack Russian or a target language are left out.

    Args:
        path: the file.
        to: languages that every unit must have.

    Raises:
        InputError: it is not XML, or not TMX.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.parse(str(path), parser).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        raise InputError(f"{path}: not TMX: {error}") from error
    if etree.QName(root).localname != "tmx":
        raise InputError(f"{path}: not TMX: the root element is {root.tag}")
    examples = []
    for number, unit in enumerate(root.iter("{*}tu"), start=1):
        texts = _variants(unit)
        if not texts.get(SOURCE) or not all(texts.get(language) for language in to):
            continue
        found = {language: tuple(texts[language]) for language in to}
        place = f"{path}:{unit.sourceline}"
        name = unit.get("tuid") or str(number)
        examples.append(Example(name, texts[SOURCE][0], MappingProxyType(found), "", place))
    return examples


def _variants(unit: Any) -> dict[str, list[str]]:
    """Return the texts of a translation unit by language; regions such as ``en-US`` are ignored."""
    found: dict[str, list[str]] = {}
    for variant in unit.iter("{*}tuv"):
        language = variant.get("{http://www.w3.org/XML/1998/namespace}lang") or variant.get("lang")
        segment = variant.find("{*}seg")
        text = "" if segment is None else " ".join("".join(_written(segment)).split())
        if language and text:
            found.setdefault(language.split("-")[0].lower(), []).append(text)
    return found


def _written(element: Any) -> Iterator[str]:
    """Yield the text of a segment without the codes of the program it comes from."""
    yield element.text or ""
    for child in element:
        # highlighted text is text; what else TMX has inside a segment are codes
        if str(child.tag).rpartition("}")[2] == "hi":
            yield from _written(child)
        yield child.tail or ""

"""Reading glossaries: CSV as spreadsheets write it, and TBX (ISO 30042), versions 2 and 3."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tolmach.errors import Problem
from tolmach.languages import SOURCE, TARGETS

__all__ = ["COLUMNS", "Term", "read_terms"]

COLUMNS = ("source", "target", "language", "note", "case_sensitive", "keep", "avoid")
_REQUIRED = ("source", "target", "language")
_YES, _NO = frozenset({"yes", "true", "1", "x", "да"}), frozenset({"", "no", "false", "0", "нет"})
_SEPARATOR = "|"
_MAX_CHARS = 300
_MAX_BYTES = 64_000_000
# names of elements in version 2 and in version 3
_ENTRIES, _LANGUAGES, _TERMS = {"termEntry", "conceptEntry"}, {"langSet", "langSec"}, {"term"}
_NOT_TO_USE = ("deprecated", "superseded", "notrecommended", "obsolete", "forbidden")
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Term:
    """A term and how it is to be rendered in one target language.

    Attributes:
        source: in Russian, any case and number will be found.
        language: target language code.
        targets: accepted renderings, the preferred one first; for words that must not be
            translated, the source itself.
        avoid: renderings that are known to be wrong and are replaced.
        note: for people.
        case_sensitive: whether capitals of the source matter.
        keep: whether the source must stand in the target as it is.
        file: where the term comes from.
        line: 1-based.
    """

    source: str
    language: str
    targets: tuple[str, ...]
    avoid: tuple[str, ...] = ()
    note: str = ""
    case_sensitive: bool = False
    keep: bool = False
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.file}:{self.line}" if self.file else "the glossary"


def read_terms(path: Path, problems: list[Problem]) -> list[Term]:
    """Read a glossary file.

    Args:
        path: a ``.csv``, ``.tsv``, ``.tbx`` or ``.xml`` file.
        problems: everything that is wrong with the file is added here.

    Returns:
        The terms that are right, in the order of the file.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            problems.append(Problem(f"is larger than {_MAX_BYTES // 10**6} MB", str(path)))
            return []
        data = path.read_bytes()
    except OSError as error:
        problems.append(Problem(f"cannot be read: {error.strerror or error}", str(path)))
        return []
    if path.suffix.lower() in {".tbx", ".xml"}:
        return list(_tbx(data, str(path), problems))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.append(Problem("must be UTF-8", str(path), line))
        return []
    return list(_csv(text, str(path), problems))


# --- CSV ---------------------------------------------------------------------------------------


def _csv(text: str, file: str, problems: list[Problem]) -> Iterator[Term]:
    header_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        wrong = _header_problems(header, file)
        problems += wrong
        if wrong:
            return
        line = reader.line_num + 1
        for cells in reader:
            row, number = [cell.strip() for cell in cells], line
            line = reader.line_num + 1
            if not any(row) or row[0].startswith("#"):
                continue
            if len(row) > len(header):
                message = f"{len(row)} cells, but the header has {len(header)} columns"
                problems.append(Problem(message, file, number))
                continue
            row += [""] * (len(header) - len(row))
            yield from _row(dict(zip(header, row, strict=True)), file, number, problems)
    except csv.Error as error:
        problems.append(Problem(f"is not valid CSV: {error}", file, reader.line_num))


def _header_problems(header: list[str], file: str) -> list[Problem]:
    known = ", ".join(COLUMNS)
    found = [
        Problem(f"unknown column {name!r}; known: {known}", file, 1)
        for name in header
        if name not in COLUMNS
    ]
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        found.append(Problem(f"the first line must name the columns {', '.join(missing)}", file, 1))
    found += [
        Problem(f"column {name!r} stands here twice", file, 1)
        for name in dict.fromkeys(header)
        if header.count(name) > 1 and name in COLUMNS
    ]
    return found


def _row(cells: dict[str, str], file: str, line: int, problems: list[Problem]) -> Iterator[Term]:
    wrong: list[str] = []
    keep = _flag("keep", cells, wrong)
    case_sensitive = _flag("case_sensitive", cells, wrong)
    source = " ".join(cells["source"].split())
    targets, avoid = _several(cells["target"]), _several(cells.get("avoid", ""))
    languages = _several(cells["language"]) or (TARGETS if keep else ())
    if not source:
        wrong.append("the source is empty")
    if keep and targets not in ((), (source,)):
        wrong.append("a term to keep has no target, or itself")
    if not keep and not targets:
        wrong.append("the target is empty")
    if not languages:
        wrong.append(f"the language is empty; known: {', '.join(TARGETS)}")
    wrong += [
        f"{code!r} is no target language; known: {', '.join(TARGETS)}"
        for code in languages
        if code not in TARGETS
    ]
    wrong += [f"{form!r} is both wanted and to avoid" for form in avoid if form in targets]
    if max(map(len, (source, *targets, *avoid))) > _MAX_CHARS:
        wrong.append(f"a term has more than {_MAX_CHARS} characters")
    problems += [Problem(message, file, line) for message in wrong]
    if wrong:
        return
    for code in languages:
        yield Term(
            source=source,
            language=code,
            targets=(source,) if keep else targets,
            avoid=avoid,
            note=cells.get("note", ""),
            case_sensitive=case_sensitive,
            keep=keep,
            file=file,
            line=line,
        )


def _flag(name: str, cells: dict[str, str], wrong: list[str]) -> bool:
    value = cells.get(name, "").lower()
    if value not in _YES | _NO:
        wrong.append(f"{name}: must be yes or no, not {value!r}")
    return value in _YES


def _several(cell: str) -> tuple[str, ...]:
    forms = (" ".join(form.split()) for form in cell.split(_SEPARATOR))
    return tuple(dict.fromkeys(form for form in forms if form))


# --- TBX ---------------------------------------------------------------------------------------


def _tbx(data: bytes, file: str, problems: list[Problem]) -> Iterator[Term]:
    # only who has a TBX file pays for the import
    from lxml import etree  # type: ignore[import-untyped, unused-ignore]

    # nothing that the file names is fetched, and no entity of its own is put in
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        problems.append(Problem(f"is not valid XML: {error.msg}", file, error.lineno or 0))
        return
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        problems.append(Problem("declares entities, which TBX does not need", file, 1))
        return
    entries = [element for element in root.iter() if _local(element) in _ENTRIES]
    if _local(root) not in {"martif", "tbx"} or not entries:
        problems.append(Problem("is no TBX file with term entries", file, root.sourceline or 1))
        return
    for entry in entries:
        yield from _entry(entry, file, problems)


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _entry(entry: Any, file: str, problems: list[Problem]) -> Iterator[Term]:
    line = entry.sourceline or 0
    accepted: dict[str, list[str]] = {}
    avoid: dict[str, list[str]] = {}
    for section in (element for element in entry if _local(element) in _LANGUAGES):
        code = (section.get(_XML_LANG) or "").lower().partition("-")[0]
        for element in section.iter():
            if _local(element) in _TERMS:
                text = " ".join("".join(element.itertext()).split())
                group = avoid if _is_deprecated(element, section) else accepted
                group.setdefault(code, []).append(text)
    sources = [text for text in accepted.get(SOURCE, []) if text]
    if not sources:
        if any(accepted.get(code) for code in TARGETS):
            problems.append(Problem("the entry has no Russian term (xml:lang='ru')", file, line))
        return
    note = next((_text(item) for item in entry.iter() if _local(item) == "note"), "")
    for code in TARGETS:
        targets = tuple(dict.fromkeys(filter(None, accepted.get(code, []))))
        if not targets:
            continue  # glossaries may have languages that are not ours, or lack one of ours
        wrong = tuple(form for form in avoid.get(code, []) if form and form not in targets)
        for source in sources:
            if max(map(len, (source, *targets, *wrong))) > _MAX_CHARS:
                message = f"a term has more than {_MAX_CHARS} characters"
                problems.append(Problem(message, file, line))
                continue
            yield Term(source, code, targets, wrong, note, file=file, line=line)


def _is_deprecated(term: Any, section: Any) -> bool:
    """Whether the group that a term stands in says that it is not to be used."""
    group = term.getparent()
    while group is not section and group.getparent() is not section:
        group = group.getparent()
    scope: Iterable[Any] = group.iter() if group is not section else ()
    return any(
        (item.get("type") == "administrativeStatus" or _local(item) == "administrativeStatus")
        and _text(item).lower().startswith(_NOT_TO_USE)
        for item in scope
    )


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())

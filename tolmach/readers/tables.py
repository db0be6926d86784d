"""Records with named fields: JSON lines, and CSV with a header line (RFC 4180)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tolmach.document import Document, EditorWarning, Kind
from tolmach.errors import InputError, NoArticle
from tolmach.forms.parts import document_of
from tolmach.forms.raw import RawText, raw_text
from tolmach.forms.tables import Cell, TableForm, parts_of
from tolmach.readers.csvfile import columns_of, delimiter_of, rows_of, start_of
from tolmach.readers.jsonlines import fields_of
from tolmach.readers.options import ReadOptions

__all__ = ["USUAL_FIELDS", "CsvReader", "JsonLinesReader"]

USUAL_FIELDS: Final = MappingProxyType(
    {
        "title": Kind.TITLE,
        "headline": Kind.TITLE,
        "lead": Kind.LEAD,
        "summary": Kind.LEAD,
        "description": Kind.LEAD,
        "text": Kind.BODY,
        "body": Kind.BODY,
        "content": Kind.BODY,
        "caption": Kind.CAPTION,
    }
)
"""The fields that are translated if none are named, and what they are."""

_SHOWN: Final = 20


class JsonLinesReader:
    """Reads JSON lines; a :class:`tolmach.readers.Reader`."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:
        """Return a document with a block for each line of each field that is to be translated.

        Args:
            data: the bytes of the file.
            name: the name of the document.
            path: the file.
            options: which fields.

        Raises:
            InputError: a line is no JSON object, or no record has such a field.
            NoArticle: no record has one of the usual fields, and none were named.
        """
        raw = raw_text(data, name=name, path=path)
        wanted = _Wanted(options.fields)
        names: dict[str, None] = {}
        cells: list[Cell] = []
        for found in fields_of(raw.text, shown=str(path or name)):
            names.setdefault(found.name)
            if wanted.takes(found.name):
                cells.append(found.cell(wanted.kind(found.name)))
        return _document(raw, cells, names, wanted, name=name, path=path)


class CsvReader:
    """Reads CSV and TSV; a :class:`tolmach.readers.Reader`."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:
        """Return a document with a block for each line of each cell that is to be translated.

        Args:
            data: the bytes of the file; its first line names the columns.
            name: the name of the document; a suffix ``.tsv`` says that tabs divide columns.
            path: the file.
            options: which columns.

        Raises:
            InputError: there is no such column, or a quotation mark is never closed.
            NoArticle: there is none of the usual columns, and none were named.
        """
        raw = raw_text(data, name=name, path=path)
        shown = str(path or name)
        tabs = (path.suffix if path else Path(name).suffix).lower() == ".tsv"
        delimiter = "\t" if tabs else delimiter_of(raw.text)
        rows = rows_of(
            raw.text, delimiter, shown=shown, lenient=tabs, start=0 if tabs else start_of(raw.text)
        )
        header = next(rows, ())
        wanted = _Wanted(options.fields)
        kinds = {
            index: wanted.kind(column)
            for index, column in columns_of(header)
            if wanted.takes(column)
        }
        cells = [
            row[index].cell(kind)
            for row in rows
            for index, kind in kinds.items()
            if index < len(row)
        ]
        names = [column for _, column in columns_of(header)]
        return _document(raw, cells, names, wanted, name=name, path=path, delimiter=delimiter)


class _Wanted:
    """Which fields are translated."""

    def __init__(self, names: Sequence[str]) -> None:
        self.given = tuple(names)
        self._names = {name.casefold() for name in names or USUAL_FIELDS}

    def takes(self, name: str) -> bool:
        return name.casefold() in self._names

    def kind(self, name: str) -> Kind:
        return USUAL_FIELDS.get(name.rpartition(".")[2].casefold(), Kind.BODY)

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return the fields that somebody named and that do not exist."""
        existing = {name.casefold() for name in names}
        return [name for name in self.given if name.casefold() not in existing]


def _document(
    raw: RawText,
    cells: Sequence[Cell],
    names: Iterable[str],
    wanted: _Wanted,
    *,
    name: str,
    path: Path | None,
    delimiter: str = "",
) -> Document:
    shown = path or name
    existing = list(names)
    missing = wanted.missing(existing)
    if not any(map(wanted.takes, existing)):
        looked_for = ", ".join(wanted.given or USUAL_FIELDS)
        # other tables in a folder are nobody's mistake, a wrong name is
        error = InputError if wanted.given else NoArticle
        raise error(
            f"{shown}: there is no field of the name {looked_for}; name those to translate with "
            f"--field. The fields are: {_listed(existing)}"
        )
    full = tuple(cell for cell in cells if cell.lines)
    if not full:
        chosen = ", ".join(filter(wanted.takes, existing))
        raise InputError(f"{shown}: there are no words in the fields {chosen}")
    form = TableForm(
        suffix=(path.suffix if path else Path(name).suffix).lower(),
        raw=raw,
        cells=full,
        delimiter=delimiter,
    )
    warnings = list(raw.warnings())
    if missing:
        message = f"there is no field of the name {', '.join(missing)}"
        warnings.append(EditorWarning("field_missing", message))
    return document_of(
        list(parts_of(full)),
        name=name,
        path=path,
        form=form,
        encoding=raw.encoding,
        warnings=warnings,
    )


def _listed(names: Sequence[str]) -> str:
    shown = [name if len(name) <= 40 else name[:39] + "…" for name in names[:_SHOWN]]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")

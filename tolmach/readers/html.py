"""HTML: fragments that keep their markup, and saved pages, in which the article is found first."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from tolmach.document import Document, EditorWarning, Severity
from tolmach.errors import InputError
from tolmach.forms.html import HtmlForm
from tolmach.forms.parts import document_of
from tolmach.forms.raw import RawText, raw_text
from tolmach.readers.html_units import units_of
from tolmach.readers.options import ReadOptions

__all__ = ["HtmlReader", "html_text"]

_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w-]{2,30})", re.I)
_CHARSET_WITHIN: Final = 4096
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_ACCENTED: Final = re.compile("[\u00c0-\u024f]")
_PAGE: Final = re.compile(r"<(?:html|body)[\s>]", re.IGNORECASE)
_PAGE_WITHIN: Final = 65536


class HtmlReader:
    """Reads HTML; a :class:`tolmach.readers.Reader`."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:
        """Return a fragment with its blocks, or the article of a page, for the cleaner.

        Args:
            data: the bytes of the file.
            name: the name of the document.
            path: the file.
            options: ``html`` says what is taken for a page.

        Raises:
            InputError: there are no words in it.
        """
        raw = html_text(data, name=name, path=path)
        suffix = (path.suffix if path else Path(name).suffix).lower() or ".html"
        warnings: list[EditorWarning] = list(raw.warnings())
        is_page = bool(_PAGE.search(raw.text, 0, _PAGE_WITHIN))
        if options.html == "page" or (options.html == "auto" and is_page):
            from tolmach.readers.pages import article_of

            found = article_of(raw, name=name, path=path)
            if found is not None:
                return replace(found, warnings=(*warnings, *found.warnings))
            warnings.append(
                EditorWarning(
                    "no_article",
                    "no article was found in this page: all that is written in it is translated",
                    Severity.WARNING,
                )
            )
        units = tuple(found.unit for found in units_of(raw.text))
        if not units:
            raise InputError(f"{path or name}: there are no words in this HTML file")
        return document_of(
            [unit.part for unit in units],
            name=name,
            path=path,
            form=HtmlForm(suffix, raw, units),
            encoding=raw.encoding,
            warnings=warnings,
        )


def html_text(data: bytes, *, name: str, path: Path | None) -> RawText:
    """Decode HTML: by its byte order mark, by what it says itself, else by its letters.

    Raises:
        InputError: it is empty, or no text file.
    """
    said = _CHARSET.search(data[:_CHARSET_WITHIN])
    if said and not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            encoding = codecs.lookup(said[1].decode("ascii")).name
            text = data.decode(encoding)
        except (LookupError, UnicodeError):
            pass  # it says what is not true
        else:
            if text.strip() and "\x00" not in text and _is_credible(text, data, encoding):
                return RawText(data, text, encoding)
    return raw_text(data, name=name, path=path)


def _is_credible(text: str, data: bytes, encoding: str) -> bool:
    """Whether a file may be in the encoding that it says, in which it could be decoded.

    Servers send pages in another one than is written in them, and saving does not correct that.
    """
    if encoding == "utf-8":
        return True
    if encoding.startswith("utf-") or (data.isascii() and not text.isascii()):
        return False  # in which nobody could have read what the file says about itself
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        # as the letters of Western Europe any bytes can be read
        return len(_CYRILLIC.findall(text)) >= len(_ACCENTED.findall(text))
    return False  # by chance no text of another encoding is valid UTF-8

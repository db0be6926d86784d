"""Word documents as what they are: ZIP archives of XML parts (ECMA-376), opened with care."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from tolmach.errors import InputError

__all__ = ["Package", "open_package", "parse_part"]

_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_MEMBERS: Final = 10_000
# what text is packed to by a factor of 1,000 was made to do harm
_MOST_RATIO, _RATIO_FROM = 300, 10_000_000
_BAD_NAME: Final = re.compile(r"\A[/\\]|\\|\A[A-Za-z]:|\x00|(?:\A|/)\.\.(?:/|\Z)")
# ECMA-376, part 2, annex B; others may be unpacked to more than is asked for at once
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_XML: Final = (".xml", ".rels", ".vml")
_DOCUMENT_TYPE: Final = tuple("<!DOCTYPE".encode(c) for c in ("ascii", "utf-16-le", "utf-16-be"))
_TYPES: Final = "[Content_Types].xml"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."
# in the order in which their texts are read
_KINDS: Final = ("document.main", "template.main", "footnotes", "endnotes", "header", "footer")
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # a member is encrypted, or its compression is unknown
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Package:
    """The members of an archive.

    Attributes:
        data: the archive.
        members: contents by name, in the order of the archive.
        texts: names of the parts with texts, and what they are, such as ``"header"``.
    """

    data: bytes
    members: Mapping[str, bytes]
    texts: Mapping[str, str]

    def replaced(self, changed: Mapping[str, bytes]) -> bytes:
        """Return the archive with other contents of some members, the rest as it is.

        Without a change it is the archive itself; order, dates and compression stay.
        """
        if not changed:
            return self.data
        target = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(self.data)) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for info in old.infolist():
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type = info.compress_type
                copy.external_attr = info.external_attr
                copy.create_system = info.create_system
                content = changed.get(info.filename, self.members[info.filename])
                new.writestr(copy, content)
        return target.getvalue()


def open_package(data: bytes, *, shown: str, max_bytes: int) -> Package:
    """Open a Word document.

    Args:
        data: the file.
        shown: its name, for messages.
        max_bytes: a document that is larger when unpacked is refused.

    Raises:
        InputError: it is no Word document, is encrypted, has macros, or was made to do harm.
    """
    if not data:
        raise InputError(f"{shown} is empty")
    if data.startswith(_OLD_OFFICE):
        raise InputError(
            f"{shown} is encrypted or an old Word document (.doc); save it as .docx without a "
            "password"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check(infos, shown=shown, max_bytes=max_bytes)
            members = {info.filename: archive.read(info) for info in infos}
    except _BROKEN as error:
        raise InputError(f"{shown} is damaged or no Word document ({error}); open it in a word "
                         "processor and save it again") from error  # fmt: skip
    _check_types(members, shown=shown)
    return Package(data, members, _text_parts(members, shown=shown))


def _check(infos: list[zipfile.ZipInfo], *, shown: str, max_bytes: int) -> None:
    """Refuse an archive before anything of it is unpacked."""
    if len(infos) > _MOST_MEMBERS:
        raise InputError(f"{shown}: too many files in it, {len(infos):,}; it is not read")
    size = sum(info.file_size for info in infos)
    if size > max_bytes:
        raise InputError(
            f"{shown} is too large when unpacked: {size:,} bytes, at most {max_bytes:,} are read "
            "(option unpacked_megabytes of the stage read)"
        )
    names: set[str] = set()
    for info in infos:
        name = info.filename
        if _BAD_NAME.search(name) or info.orig_filename != name or name in names:
            raise InputError(f"{shown}: a file in it has the name {name!r}, as no word processor "
                             "writes it; it is not read")  # fmt: skip
        names.add(name)
        if info.flag_bits & 0x1:
            raise InputError(f"{shown} is encrypted; save it without a password")
        if info.compress_type not in _PACKED:
            raise InputError(f"{shown}: {name} in it is packed in a way that Word documents do not "
                             "know; it is not read")  # fmt: skip
        ratio = info.file_size / max(1, info.compress_size)
        if info.file_size > _RATIO_FROM and ratio > _MOST_RATIO:
            raise InputError(f"{shown}: {name} in it is packed {ratio:,.0f} to 1; it is not read")


def _check_types(members: Mapping[str, bytes], *, shown: str) -> None:
    """Refuse document types in any part: programs that open the translation may expand them."""
    for name, content in members.items():
        if name.lower().endswith(_XML) and any(sign in content for sign in _DOCUMENT_TYPE):
            raise InputError(f"{shown}: {name} in it declares a document type; it is not read")


def _text_parts(members: Mapping[str, bytes], *, shown: str) -> Mapping[str, str]:
    if _TYPES not in members:
        raise InputError(f"{shown} is no Word document but another ZIP archive")
    root = parse_part(members, _TYPES, shown=shown)
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for element in root:
        kind = element.get("ContentType") or ""
        if "macroEnabled" in kind or "vbaProject" in kind:
            raise InputError(f"{shown} has macros; save it as a .docx without them")
        name = (element.get("PartName") or "").removeprefix("/")
        short = kind.removeprefix(_WORD).removesuffix("+xml")
        if kind.startswith(_WORD) and short in found and name in members:
            found[short].append(name)
    main = found["document.main"] or found["template.main"]
    if not main:
        raise InputError(f"{shown} is no Word document: there is no text part in it")
    return {name: kind for kind, names in found.items() for name in names}


def parse_part(members: Mapping[str, bytes], name: str, *, shown: str) -> etree._Element:
    """Parse an XML part; nothing outside it is ever fetched or expanded.

    Raises:
        InputError: it is no well-formed XML, or declares a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=False,
    )
    try:
        root = etree.fromstring(members[name], parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{shown}: {name} in it is broken ({error}); open the document in a word "
                         "processor and save it again") from error  # fmt: skip
    if root.getroottree().docinfo.doctype:
        raise InputError(f"{shown}: {name} in it declares a document type; it is not read")
    return root

"""Word documents made for tests, of nothing but what a word processor needs to open them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_NAMESPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{_OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_STYLES = (
    ("Title", "Title", '<w:rPr><w:sz w:val="56"/></w:rPr>'),
    ("1", "heading 1", '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr>'),
    ("MyHeading", "Рубрика", '<w:basedOn w:val="1"/>'),
    ("Quote", "Quote", "<w:rPr><w:i/></w:rPr>"),
    ("Caption", "caption", ""),
)


def run(text: str, style: str = "") -> str:
    """Return a run; ``style`` is the inside of its properties."""
    properties = f"<w:rPr>{style}</w:rPr>" if style else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "") -> str:
    """Return a paragraph of runs and other elements."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def field(instruction: str, result: str) -> str:
    """Return a field such as a page number."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f"<w:r><w:instrText> {instruction} </w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(result)}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


PICTURE = (
    '<w:r><w:drawing><wp:inline><wp:extent cx="1200000" cy="800000"/><wp:docPr id="1" name="p"/>'
    '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
    '<pic:pic><pic:nvPicPr><pic:cNvPr id="0" name="p.png"/><pic:cNvPicPr/></pic:nvPicPr>'
    '<pic:blipFill><a:blip r:embed="rId9"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
    '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1200000" cy="800000"/></a:xfrm>'
    '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
    "</w:drawing></w:r>"
)
NOTE = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r>'


def text_box(inner: str) -> str:
    """Return a text box as Word writes it: once for new readers and once for old ones."""
    content = f"<w:txbxContent>{inner}</w:txbxContent>"
    return (
        "<w:r><mc:AlternateContent>"
        f'<mc:Choice Requires="wps"><w:drawing><wp:inline>{content}</wp:inline></w:drawing>'
        "</mc:Choice><mc:Fallback><w:pict><v:textbox>"
        f"{content}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def document(*paragraphs: str, parts: Mapping[str, bytes] | None = None, **texts: str) -> bytes:
    """Return a document.

    Args:
        paragraphs: of its body.
        parts: further members of the archive, or others in place of the usual ones.
        texts: ``header``, ``footer`` and ``footnote``: paragraphs there.
    """
    ends = "".join(
        f'<w:{kind}Reference w:type="default" r:id="{kind}"/>'
        for kind in ("header", "footer")
        if kind in texts
    )
    body = "".join(paragraphs) + f"<w:sectPr>{ends}</w:sectPr>"
    members = {
        "[Content_Types].xml": _types(texts),
        "_rels/.rels": _relations({"rId1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": _xml("document", f"<w:body>{body}</w:body>"),
        "word/styles.xml": _xml("styles", "".join(map(_style, _STYLES))),
        "word/_rels/document.xml.rels": _relations(
            {"rId8": ("styles", "styles.xml"), "rId9": ("image", "media/p.png")}
            | {kind: (kind, f"{kind}.xml") for kind in texts if kind != "footnote"}
            | ({"rId7": ("footnotes", "footnotes.xml")} if "footnote" in texts else {})
        ),
        "word/media/p.png": picture(),
    }
    for kind, text in texts.items():
        if kind == "footnote":
            text = (
                '<w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p>'
                '</w:footnote><w:footnote w:type="continuationSeparator" w:id="1"><w:p><w:r>'
                f'<w:continuationSeparator/></w:r></w:p></w:footnote><w:footnote w:id="2">{text}'
                "</w:footnote>"
            )
            members["word/footnotes.xml"] = _xml("footnotes", text)
        else:
            members[f"word/{kind}.xml"] = _xml({"header": "hdr", "footer": "ftr"}[kind], text)
    return archive(members | dict(parts or {}))


def archive(members: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return file.getvalue()


def members_of(data: bytes) -> dict[str, bytes]:
    """Return the contents of a ZIP archive by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return {info.filename: source.read(info) for info in source.infolist()}


def picture() -> bytes:
    """Return a small PNG image."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows = b"".join(b"\0" + bytes((200, 40, 40)) * 30 for _ in range(20))
    header = struct.pack(">IIBBBBB", 30, 20, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _xml(root: str, inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<w:{root} {_NAMESPACES}>{inner}</w:{root}>"
    ).encode()


def _style(style: tuple[str, str, str]) -> str:
    identifier, name, inner = style
    return (
        f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{name}"/>{inner}'
        "</w:style>"
    )


def _relations(found: Mapping[str, tuple[str, str]]) -> bytes:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in found.items()
    )
    link = (
        f'<Relationship Id="rId5" Type="{_OFFICE}/hyperlink" Target="https://example.org/" '
        'TargetMode="External"/>'
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}{link}</Relationships>'.encode()


def _types(texts: Mapping[str, str]) -> bytes:
    parts = {"document": "document.main", "styles": "styles"}
    parts |= {kind: kind for kind in texts if kind != "footnote"}
    if "footnote" in texts:
        parts["footnotes"] = "footnotes"
    inner = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}{kind}+xml"/>'
        for name, kind in parts.items()
    )
    usual = (
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
    )
    return f'<Types xmlns="{_PACKAGE}/content-types">{usual}{inner}</Types>'.encode()

"""Word documents: paragraphs are translated, everything else stays as it is."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from fakes import latin
from formats import read, round_trip, survives, translated, untranslated, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from word import (
    NOTE,
    PICTURE,
    WORD,
    archive,
    document,
    field,
    members_of,
    paragraph,
    run,
    text_box,
)

from tolmach.document import Kind, TargetMark
from tolmach.errors import InputError
from tolmach.forms.wordlayout import layout_of
from tolmach.forms.wordwrite import rewrite
from tolmach.readers import ReadOptions

W = f"{{{WORD}}}"
BOLD, ITALIC, RUSSIAN = "<w:b/>", "<w:i/>", '<w:lang w:val="ru-RU"/>'
UNDERLINE = '<w:u w:val="single"/>'
LINK = f'<w:hyperlink r:id="rId5">{run("сайте", UNDERLINE)}</w:hyperlink>'
TITLE = paragraph(run("Визит премьер-министра"), style="Title")
BODY = paragraph(
    run("Премьер-министр ", RUSSIAN),
    '<w:proofErr w:type="spellStart"/>',
    run("Фам Минь", BOLD),
    run(" Тинь", BOLD + RUSSIAN),
    run(" прибыл в "),
    run("Москву", ITALIC),
    NOTE,
    run(". Подробности на "),
    LINK,
    run("."),
)
CELLS = (
    f"<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc><w:tcPr/>"
    f"{paragraph(run('Товарооборот'))}</w:tc><w:tc><w:tcPr/>{paragraph(run('5 млрд долларов'))}"
    "</w:tc></w:tr></w:tbl>"
)
CHANGED = paragraph(
    run("Экспорт "),
    f'<w:ins w:id="7" w:author="Р">{run("заметно ")}</w:ins>',
    '<w:del w:id="8" w:author="Р"><w:r><w:delText>немного</w:delText></w:r></w:del>',
    run("вырос."),
)


def sample() -> bytes:
    return document(
        TITLE,
        paragraph(run("Переговоры"), style="1"),
        BODY,
        CELLS,
        paragraph(PICTURE),
        paragraph(run("Рисунок "), field("SEQ Рисунок", "1"), run(". Встреча"), style="Caption"),
        paragraph(run("Имя:"), "<w:r><w:tab/></w:r>", run("Нгуен Ван А")),
        paragraph(text_box(paragraph(run("Врезка о визите")))),
        CHANGED,
        header=paragraph(run("Новости Вьетнама")),
        footer=paragraph(run("Страница "), field("PAGE", "1")),
        footnote=paragraph(run("По данным агентства.")),
    )


def xml(data: bytes, part: str = "word/document.xml") -> etree._Element:
    return etree.fromstring(members_of(data)[part])


def texts(root: etree._Element) -> list[str]:
    """The text of each paragraph, tabs included."""
    return [
        "".join("\t" if e.tag == f"{W}tab" else e.text or "" for e in p.iter(f"{W}t", f"{W}tab"))
        for p in root.iter(f"{W}p")
    ]


def test_all_texts_are_read_wherever_they_stand() -> None:
    found = read(sample(), "a.docx")
    assert [(b.kind, b.span.of(found.text)) for b in found.blocks] == [
        (Kind.TITLE, "Визит премьер-министра"),
        (Kind.HEADING, "Переговоры"),
        (Kind.BODY, "Премьер-министр Фам Минь Тинь прибыл в Москву. Подробности на сайте."),
        (Kind.BODY, "Товарооборот"),
        (Kind.BODY, "5 млрд долларов"),
        (Kind.CAPTION, "Рисунок 1. Встреча"),
        (Kind.BODY, "Имя:\tНгуен Ван А"),
        (Kind.BODY, "Врезка о визите"),
        (Kind.BODY, "Экспорт заметно вырос."),
        (Kind.BODY, "По данным агентства."),
        (Kind.META, "Новости Вьетнама"),
        (Kind.META, "Страница 1"),
    ]
    assert [w.code for w in found.warnings] == ["tracked_changes"]


def test_runs_of_one_formatting_are_one_mark() -> None:
    found = read(document(BODY), "a.docx")
    marked = [(mark.key, mark.span.of(found.text)) for mark in found.marks]
    assert [(key.rstrip("0123456789"), text) for key, text in marked] == [
        ("bold-", "Фам Минь Тинь"),
        ("italic-", "Москву"),
        ("note-", ""),
        ("link-", "сайте"),
        ("link-4.underline-", "сайте"),
    ]


def test_styles_are_known_by_their_names_and_ancestors() -> None:
    found = read(
        document(
            paragraph(run("Первый"), style="MyHeading"),
            paragraph(run("Второй"), style="1"),
            paragraph(run("Третий"), style="Quote"),
            paragraph(run("Пятый"), style="нет такого"),
        ),
        "a.docx",
    )
    kinds = [block.kind for block in found.blocks]
    assert kinds == [Kind.TITLE, Kind.HEADING, Kind.QUOTE, Kind.BODY]


def test_an_unchanged_document_is_the_same_byte_for_byte() -> None:
    assert round_trip(sample(), "a.docx") == sample()


def test_texts_change_and_everything_else_stays() -> None:
    before = members_of(sample())
    after = members_of(written(translated(read(sample(), "a.docx"), to="vi")))
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "word/document.xml", "word/header.xml", "word/footer.xml", "word/footnotes.xml",
    }  # fmt: skip
    root = etree.fromstring(after["word/document.xml"])
    said = texts(root)
    assert said[0].startswith("Vizit")
    assert "Imya:\tNguen Van A" in said
    assert said.count("Vrezka ạo ạvizite") == 2  # for new readers and for old ones
    assert "ạnemnogo" not in "".join(said)
    bold = [r for r in root.iter(f"{W}r") if r.find(f"{W}rPr/{W}b") is not None]
    assert ["".join(t.text or "" for t in r.iter(f"{W}t")) for r in bold] == ["Fam Min Tin"]
    link = next(root.iter(f"{W}hyperlink"))
    assert "".join(link.itertext()).strip() == "ạsayte"
    languages = {
        e.get(f"{W}val") for r in root.iter(f"{W}r") if r.find(f"{W}t") is not None
        for e in r.iter(f"{W}lang")
    }  # fmt: skip
    assert languages == {"vi-VN"}
    for name in ("footnoteReference", "drawing", "del", "ins", "tab"):
        assert len(list(root.iter(W + name))) == len(list(xml(sample()).iter(W + name)))


def test_columns_are_translated_one_by_one() -> None:
    tab, line = "<w:r><w:tab/></w:r>", "<w:r><w:br/></w:r>"
    cells = (run("Дата: "), tab, run("12 мая", BOLD), tab, tab, run("Место"), line, run("встречи."))
    document_read = read(document(paragraph(*cells)), "a.docx")
    (block,) = document_read.blocks
    assert [s.span.of(document_read.text) for s in block.segments] == [
        "Дата:",
        "12 мая",
        "Место\nвстречи.",
    ]
    said = {"Дата:": "On the following date:", "12 мая": "May 12", "Место встречи.": "Venue here."}
    made = xml(written(translated(document_read, said.__getitem__)))
    shown = [
        e.text if e.tag == f"{W}t" else e.tag
        for e in made.iter(*(W + n for n in ("t", "tab", "br")))
    ]
    tab_tag = f"{W}tab"
    assert shown == [
        "On the following date: ",
        tab_tag,
        "May 12",
        tab_tag,
        tab_tag,
        "Venue",
        f"{W}br",
        "here.",
    ]
    (bold,) = made.iter(f"{W}b")
    assert "".join(bold.getparent().getparent().itertext()) == "May 12"


def test_page_numbers_stay_fields_and_lose_no_words() -> None:
    source = read(document(TITLE, footer=paragraph(run("Страница "), field("PAGE", "1"))), "a.docx")
    good = xml(written(translated(source, lambda _: "Page 1")), "word/footer.xml")
    assert texts(good) == ["Page 1"]
    odd = xml(written(translated(source, lambda _: "No number here")), "word/footer.xml")
    between = "".join("|" if e.tag == f"{W}fldChar" else e.text or ""
                      for e in odd.iter(f"{W}t", f"{W}fldChar"))  # fmt: skip
    assert between.split("|")[2] == "1"
    assert between.replace("||1|", "") == "No number here"


def test_markup_in_a_translation_stays_text() -> None:
    data = written(translated(read(document(TITLE), "a.docx"), lambda _: "<w:b/> & \x01\ufffe]]>"))
    assert texts(xml(data)) == ["<w:b/> & ]]>"]


# --- any paragraph ----------------------------------------------------------------------------

_texts = st.text("аб в.", min_size=1, max_size=8)
_runs = st.builds(run, _texts, st.sampled_from(["", BOLD, ITALIC, BOLD + RUSSIAN, RUSSIAN]))
_points = st.sampled_from(
    [
        NOTE,
        PICTURE,
        "<w:r><w:tab/></w:r>",
        "<w:r><w:br/></w:r>",
        '<w:bookmarkStart w:id="1" w:name="x"/>',
        '<w:del w:id="3"><w:r><w:delText>нет</w:delText></w:r></w:del>',
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>',
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>',
    ]
)
_leaves = _runs | _runs | _points | st.builds(field, st.just("HYPERLINK x"), _texts)
_boxes = st.builds(
    lambda shell, inner: shell.format("".join(inner)),
    st.sampled_from(
        [
            '<w:hyperlink r:id="rId5">{}</w:hyperlink>',
            '<w:ins w:id="9">{}</w:ins>',
            "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>",
            '<w:fldSimple w:instr="REF x">{}</w:fldSimple>',
        ]
    ),
    st.lists(_leaves, max_size=3),
)
_paragraphs = st.lists(_leaves | _boxes, max_size=7).map(lambda runs: paragraph(*runs))


def flat(element: etree._Element, boxes: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """What a paragraph shows: characters with formatting and surroundings, other things."""
    for child in element:
        name = child.tag.removeprefix(W)
        if name == "r":
            style = "".join(
                etree.tostring(e, method="c14n").decode()
                for e in child.iterfind(f"{W}rPr/*")
                if e.tag != f"{W}lang"
            )
            for inner in child:
                if inner.tag == f"{W}t":
                    for char in inner.text or "":
                        yield ("text", char, "" if char == " " else style, *boxes)
                elif inner.tag != f"{W}rPr":
                    yield (etree.tostring(inner, method="c14n").decode(), style, *boxes)
        elif name in {"hyperlink", "ins", "sdt", "fldSimple", "sdtContent"}:
            start = etree.tostring(child, method="c14n").decode().partition(">")[0]
            yield ("open", start, *boxes)
            yield from flat(child, (*boxes, start))
        elif name not in {"pPr", "sdtPr"}:
            yield (etree.tostring(child, method="c14n").decode(), *boxes)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_paragraphs)
def test_a_paragraph_written_anew_shows_the_same(source: str) -> None:
    (element,) = (e for e in xml(document(source)).iter(f"{W}p"))
    before = list(flat(element))
    layout = layout_of(element, count(1))
    marks = [TargetMark(mark.key, mark.span) for mark in layout.marks]
    rewrite(element, layout, layout.text, marks, keys=[mark.key for mark in marks])
    assert list(flat(element)) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_paragraphs, min_size=1, max_size=3), st.text("ab .1", min_size=1, max_size=30))
def test_nothing_is_lost_whatever_the_translation(sources: list[str], target: str) -> None:
    data = document(*sources)
    try:
        source = read(data, "a.docx")
    except InputError:
        return
    assert round_trip(data, "a.docx") == data
    after = xml(written(translated(source, lambda _: target)))
    before = xml(data)
    kept = ("footnoteReference", "drawing", "tab", "br", "bookmarkStart", "del", "fldChar",
            "instrText", "hyperlink", "ins", "sdt", "fldSimple")  # fmt: skip
    for name in kept:
        assert len(list(after.iter(W + name))) == len(list(before.iter(W + name))), name


# --- what is refused --------------------------------------------------------------------------


def bomb() -> bytes:
    return archive({"word/document.xml": b"\0" * 50_000_000})


def with_part(name: str, content: bytes) -> bytes:
    return document(TITLE, parts={name: content})


def packed(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as target:
        for name, content in members_of(sample()).items():
            target.writestr(name, content)
    return file.getvalue()


def encrypted() -> bytes:
    data = bytearray(document(TITLE))
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


EXTERNAL = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w>&x;</w>'
MACROS = (
    b'<Types><Override PartName="/word/document.xml" ContentType='
    b'"application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save it as .docx"),
        (b"PK\x03\x04 and no more", "damaged or no Word document"),
        ("просто текст".encode(), "damaged or no Word document"),
        (archive({"a.txt": b"x"}), "another ZIP archive"),
        (bomb(), "packed"),
        (encrypted(), "encrypted"),
        (with_part("../evil.xml", b"x"), "evil"),
        (with_part("/etc/passwd", b"x"), "passwd"),
        (with_part("C:\\x", b"x"), "as no word processor"),
        (with_part("[Content_Types].xml", MACROS), "macros"),
        (with_part("[Content_Types].xml", b"<Types/>"), "no text part"),
        (with_part("word/document.xml", b"<w:document>"), "word/document.xml in it is broken"),
        (with_part("word/document.xml", EXTERNAL), "document type"),
        (with_part("word/styles.xml", EXTERNAL), "document type"),
        (with_part("_rels/.rels", EXTERNAL), "document type"),
        (with_part("docProps/core.xml", EXTERNAL.decode().encode("utf-16")), "document type"),
        (packed(zipfile.ZIP_BZIP2), "packed in a way"),
        (packed(zipfile.ZIP_LZMA), "packed in a way"),
        (b"", "is empty"),
        (document(paragraph(run("2024"))), "no words"),
        (archive({f"{i}": b"" for i in range(10_001)}), "too many files"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_word_document_or_dangerous_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(data, "a.docx")
    assert "a.docx" in str(caught.value)


def test_the_unpacked_size_is_limited() -> None:
    with pytest.raises(InputError, match="unpacked_megabytes"):
        read(sample(), "a.docx", ReadOptions(unpacked_megabytes=0.001))


def test_deep_nesting_is_refused_or_read() -> None:
    deep = "<w:smartTag>" * 5000 + run("дно") + "</w:smartTag>" * 5000
    survives(document(paragraph(deep)), "a.docx")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_raise_nothing_else(data: st.DataObject) -> None:
    source = SAMPLE
    cut = data.draw(st.integers(0, len(source)))
    junk = data.draw(st.binary(max_size=8))
    try:
        document_read = read(source[:cut] + junk + source[cut + len(junk) :], "a.docx")
    except InputError:
        return
    written(untranslated(document_read))
    written(translated(document_read))


SAMPLE = sample()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 3000))
def test_damaged_parts_raise_nothing_else(junk: bytes, place: int) -> None:
    part = members_of(SAMPLE)["word/document.xml"]
    broken = part[:place] + junk + part[place + len(junk) :]
    data = archive(members_of(SAMPLE) | {"word/document.xml": broken})
    try:
        document_read = read(data, "a.docx")
    except InputError:
        return
    with zipfile.ZipFile(io.BytesIO(written(translated(document_read)))) as made:
        assert made.testzip() is None


# --- other programs ---------------------------------------------------------------------------


def test_python_docx_opens_what_is_written(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    path = tmp_path / "a.docx"
    path.write_bytes(written(translated(read(sample(), "a.docx"))))
    opened = docx.Document(str(path))
    assert opened.paragraphs[0].text == "Vizit premer-ministra"
    assert opened.tables[0].cell(0, 0).text == "Tovarooborot"
    assert opened.sections[0].header.paragraphs[0].text == "Novosti Vetnama"


needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None or shutil.which("pdftotext") is None,
    reason="LibreOffice or pdftotext is not installed",
)


def converted(folder: Path, name: str, kind: str, *more: str) -> Path:
    """What LibreOffice makes of a file."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", *more, "--convert-to", kind, "--outdir", ".", name]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return (folder / name).with_suffix(f".{kind}")


def shown(folder: Path, name: str) -> list[str]:
    """The pages of a document as LibreOffice shows them, white space folded."""
    pdf = converted(folder, name, "pdf")
    made = ["pdftotext", "-layout", str(pdf), "-"]
    text = subprocess.run(made, cwd=folder, check=True, capture_output=True).stdout.decode()
    return [" ".join(page.split()) for page in text.split("\f")[:-1]]


@needs_office
def test_libreoffice_opens_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(written(translated(read(sample(), "a.docx"))))
    (page,) = shown(tmp_path, "a.docx")
    places = [
        page.find(text)
        for text in (
            "Novosti Vetnama",
            "Vizit premer-ministra",
            "Peregovory",
            "pribyl v Moskvu",
            "Podrobnosti na sayte.",
            "Tovarooborot",
            "5 mlrd dollarov",
            "Risunok 1. Vstrecha",
            "Imya: Nguen Van A",
            "Eksport zametno",
            "Po dannym agentstva.",
            "Stranitsa 1",
        )
    ]
    assert -1 not in places
    assert places == sorted(places)
    # what was deleted stays in the record of changes; nothing else is in Russian
    assert re.findall("[а-яё]+", page, re.IGNORECASE) == ["немного"]
    assert re.search(rb"/Subtype\s*/Image", (tmp_path / "a.pdf").read_bytes())


PAGE = """\
<html><head><meta charset="utf-8"></head><body><h1>Порт построят к осени</h1>
<p>Работы начались <b>12 мая</b>, сообщает <a href="https://e.org/">сайт <i>мэрии</i></a>.</p>
<ol><li>Первый причал</li><li>Второй причал<ul><li>глубокий</li></ul></li></ol>
<table border="1"><tr><td colspan="2">Итоги года</td></tr><tr><td>Грузы</td><td>Суда</td></tr>
<tr><td rowspan="2"><table border="1"><tr><td>Дом</td></tr></table></td><td>Да</td></tr>
<tr><td>Нет</td></tr></table></body></html>
"""


@needs_office
def test_documents_of_libreoffice_come_back(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE, encoding="utf-8")
    converted(tmp_path, "a.html", "odt", "--infilter=HTML (StarWriter)")
    data = converted(tmp_path, "a.odt", "docx").read_bytes()
    assert round_trip(data, "a.docx") == data
    before = shown(tmp_path, "a.docx")
    (tmp_path / "b.docx").write_bytes(written(translated(read(data, "b.docx"))))
    after = shown(tmp_path, "b.docx")
    assert len(after) == len(before) == 1
    assert after[0].split() == [latin(word) for word in before[0].split()]

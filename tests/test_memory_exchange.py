"""Translations in and out of the memory: TMX, XLIFF, the edits of a review page, JSON lines."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from tolmach.assembly import assemble, retargeted
from tolmach.cleaning import clean
from tolmach.document import Article, EditorWarning, Origin, Severity
from tolmach.errors import ConfigError, InputError
from tolmach.markup import place_marks
from tolmach.memory import Approved, Made, MadeBy, MemoryFile
from tolmach.memory.entries import fold_source, fold_target
from tolmach.memory.exporting import export_file
from tolmach.memory.importing import import_file
from tolmach.readers import read_text
from tolmach.segmentation import SPLITTERS, segment
from tolmach.translation.translator import Translated
from tolmach.writers import WRITERS

PAIR = ("ru", "vi")
SOURCE, TARGET = "Урожай «кофе» & чая <выше> среднего.", "Vụ cà phê & trà <trên> mức."
TMX = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header creationtool="cat" creationtoolversion="1" segtype="sentence"
 o-tmf="cat" adminlang="en" srclang="ru" datatype="plaintext"/><body>
{units}
</body></tmx>
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[MemoryFile]:
    with closing(MemoryFile(tmp_path / "memory.sqlite3")) as found:
        yield found


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def known(file: MemoryFile, pair: tuple[str, str] = PAIR) -> dict[str, str]:
    return {row.source: row.target for row in file.approved(pair)}


def unit(*variants: tuple[str, str], inner: str = "") -> str:
    listed = "".join(f'<tuv xml:lang="{code}"><seg>{text}</seg></tuv>' for code, text in variants)
    return f"<tu>{inner}{listed}</tu>"


# --- TMX ---------------------------------------------------------------------------------------


def test_another_tool_reads_our_tmx(file: MemoryFile, tmp_path: Path) -> None:
    tmx = pytest.importorskip("translate.storage.tmx")
    file.approve([Approved(SOURCE, TARGET, "máy", "visit.txt"), Approved("Мост.", "Cầu.")], PAIR)
    file.approve([Approved("Мост.", "A bridge.")], ("ru", "en"))
    path = tmp_path / "out.tmx"
    assert export_file(file, path) == 3
    read = {}
    for to in ("vi", "en"):
        with path.open("rb") as stream:
            parsed = tmx.tmxfile(stream, "ru", to)
        read |= {(unit.source, to): unit.target for unit in parsed.units if unit.target}
    assert read == {
        (SOURCE, "vi"): TARGET,
        ("Мост.", "vi"): "Cầu.",
        ("Мост.", "en"): "A bridge.",
    }


def test_we_read_the_tmx_of_another_tool(file: MemoryFile, tmp_path: Path) -> None:
    tmx = pytest.importorskip("translate.storage.tmx")
    made = tmx.tmxfile()
    made.addtranslation(SOURCE, "ru-RU", TARGET, "vi_VN", comment="ok")
    made.addtranslation("Мост.", "ru", "Brücke.", "de")
    made.addtranslation("Дорога.", "ru", "", "vi")
    path = written(tmp_path, "cat.tmx", bytes(made))
    found = import_file(file, path)
    assert known(file) == {SOURCE: TARGET}
    assert found.skipped == {"other languages": 1, "empty": 1}
    (row,) = found.documents
    assert (row.document, row.to, row.segments, row.added, row.rate) == (
        "cat.tmx",
        "vi",
        1,
        1,
        None,
    )


texts = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.dictionaries(texts, st.tuples(texts, texts), min_size=1, max_size=5))
def test_what_is_exported_comes_back(tmp_path: Path, content: dict[str, tuple[str, str]]) -> None:
    rows = [
        Approved(
            fold_source(source), fold_target(target), fold_target(machine), "d.txt", 1_700_000_000
        )
        for source, (target, machine) in content.items()
    ]
    rows = [row for row in rows if row.source and row.target and "\ufffd" not in row.source]
    rows = [row for row in rows if all(map(is_xml, (row.source, row.target, row.machine)))]
    first, second = tmp_path / "1.sqlite3", tmp_path / "2.sqlite3"
    for place in (first, second):
        for part in tmp_path.glob(place.name + "*"):
            part.unlink()
    with closing(MemoryFile(first)) as one, closing(MemoryFile(second)) as two:
        one.approve(rows, PAIR)
        export_file(one, tmp_path / "x.tmx")
        import_file(two, tmp_path / "x.tmx")
        assert list(two.approved(PAIR)) == list(one.approved(PAIR))


def is_xml(text: str) -> bool:
    return all(
        unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in "\ufffe\uffff"
        for letter in text
    )


def test_characters_that_xml_has_not(file: MemoryFile, tmp_path: Path) -> None:
    file.approve([Approved("Мост\0\x1b[0m", "Cầu\x0b\ufffe"), Approved("\x01", "x")], PAIR)
    assert export_file(file, tmp_path / "x.tmx") == 1
    with closing(MemoryFile(tmp_path / "other.sqlite3")) as other:
        import_file(other, tmp_path / "x.tmx")
        assert known(other) == {"Мост[0m": "Cầu"}


def test_markup_in_a_tmx(file: MemoryFile, tmp_path: Path) -> None:
    source = (
        "Новый <bpt i='1'>&lt;b&gt;</bpt>мост<ept i='1'>&lt;/b&gt;</ept>, <hi>два<hi>!</hi></hi>"
    )
    target = "Cầu<ph x='1'>[img <sub>ảnh</sub>]</ph> mới<!-- seen -->,\n  hai"
    path = written(tmp_path, "x.tmx", TMX.format(units=unit(("RU", source), ("VI", target))))
    import_file(file, path)
    assert known(file) == {"Новый мост, два!": "Cầu mới, hai"}


def test_of_several_languages_each_is_taken(file: MemoryFile, tmp_path: Path) -> None:
    listed = unit(("de", "Brücke"), ("vi", "Cầu"), ("en-GB", "Bridge"), ("ru", "Мост"))
    import_file(file, written(tmp_path, "x.tmx", TMX.format(units=listed)))
    assert known(file) == {"Мост": "Cầu"}
    assert known(file, ("ru", "en")) == {"Мост": "Bridge"}


def test_repeated_and_older_units(file: MemoryFile, tmp_path: Path) -> None:
    units = unit(("ru", "Мост"), ("vi", "Một")) + unit(("ru", " Мост\n"), ("vi", "Hai"))
    path = written(tmp_path, "x.tmx", TMX.format(units=units))
    found = import_file(file, path)
    assert known(file) == {"Мост": "Hai"}
    assert found.skipped == {"repeated in the file": 1}
    old = '<tu changedate="20200101T000000Z">' + unit(("ru", "Мост"), ("vi", "Cũ"))[4:]
    found = import_file(file, written(tmp_path, "old.tmx", TMX.format(units=old)))
    assert known(file) == {"Мост": "Hai"}
    assert found.skipped == {"older than what is in the memory": 1}


def test_what_models_made_is_exported_on_request(file: MemoryFile, tmp_path: Path) -> None:
    maker = MadeBy("k", "tiny", {})
    bad = EditorWarning("loop", "repeats", Severity.ERROR)
    made = [Made("Мост.", "Cầu."), Made("Река.", "Sông."), Made("Да.", "x x x", warnings=(bad,))]
    file.remember(made, PAIR, maker)
    file.approve([Approved("Мост.", "Cây cầu.")], PAIR)
    assert export_file(file, tmp_path / "approved.tmx") == 1
    assert export_file(file, tmp_path / "all.tmx", everything=True) == 2
    assert export_file(file, tmp_path / "en.jsonl", to=["en"], everything=True) == 0
    with closing(MemoryFile(tmp_path / "2.sqlite3")) as other:
        found = import_file(other, tmp_path / "all.tmx")
        # what a model made does not become approved by the way
        assert known(other) == {"Мост.": "Cây cầu."}
        assert found.skipped == {"not approved": 1}
        import_file(other, tmp_path / "all.tmx", everything=True)
        assert known(other) == {"Мост.": "Cây cầu.", "Река.": "Sông."}


def test_json_lines(file: MemoryFile, tmp_path: Path) -> None:
    file.approve([Approved(SOURCE, TARGET, "máy", "visit.txt")], PAIR)
    file.remember([Made("Река.", "Sông.")], PAIR, MadeBy("k", "tiny", {}))
    path = tmp_path / "x.JSONL"
    assert export_file(file, path, everything=True) == 2
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows[0] == {
        "source_language": "ru",
        "target_language": "vi",
        "source": SOURCE,
        "target": TARGET,
        "from": "approved",
        "machine": "máy",
        "document": "visit.txt",
    }
    assert (rows[1]["from"], rows[1]["model"]) == ("model", "tiny")
    with pytest.raises(ConfigError, match=r"\.tmx or \.jsonl"):
        export_file(file, tmp_path / "x.xlsx")


def test_large_texts_and_files(file: MemoryFile, tmp_path: Path) -> None:
    long = "Очень длинный текст. " * 50_000
    units = unit(("ru", long), ("vi", long)) + "".join(
        unit(("ru", f"Мост {number}"), ("vi", f"Cầu {number}")) for number in range(5000)
    )
    path = written(tmp_path, "x.tmx", TMX.format(units=units))
    started = time.process_time()
    found = import_file(file, path)
    assert time.process_time() - started < 10
    assert sum(row.segments for row in found.documents) == 5001
    assert known(file)[fold_source(long)] == long.strip()


# --- XLIFF -------------------------------------------------------------------------------------

XLIFF_2 = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="ru" trgLang="vi">
<file id="f1" original="visit.txt"><group id="b0">{units}</group></file></xliff>
"""
XLIFF_1 = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2">
<file original="visit.txt" source-language="ru-RU" target-language="vi-VN" datatype="plaintext">
<header><note>n</note></header><body><group id="b0">{units}</group></body></file></xliff>
"""


def unit_2(number: int, source: str, target: str, state: str, machine: str = "") -> str:
    note = f'<notes><note category="machine">{machine}</note></notes>' if machine else ""
    content = f"<source>{source}</source><target>{target}</target>"
    return f'<unit id="{number}">{note}<segment state="{state}">{content}</segment></unit>'


def test_xliff_2(file: MemoryFile, tmp_path: Path) -> None:
    units = [
        unit_2(0, 'Новый <pc id="1">мост</pc><ph id="2"/>.', 'Cầu <mrk id="m">mới</mrk>.', "final"),
        unit_2(1, "Река.", "Sông.", "translated"),
        unit_2(2, "Дом.", "Nhà.", "reviewed", machine="Ngôi nhà."),
        unit_2(3, "Лес.", " ", "final"),
        '<unit id="4" translate="no"><segment state="final"><source>a</source>'
        "<target>a</target></segment></unit>",
        '<unit id="5"><segment state="final"><source>Раз.</source><target>Một.</target></segment>'
        "<ignorable><source> </source><target> </target></ignorable>"
        '<segment state="final"><source>Два.</source><target>Hai.</target></segment></unit>',
        '<unit id="6"><segment state="final"><source>Да.</source><target>Có.</target></segment>'
        '<segment state="initial"><source>Нет.</source></segment></unit>',
        unit_2(7, 'Гора<cp hex="0301"/>', "Núi", "final"),
    ]
    path = written(tmp_path, "x.xlf", XLIFF_2.format(units="".join(units)))
    found = import_file(file, path)
    assert known(file) == {
        "Новый мост.": "Cầu mới.",
        "Дом.": "Nhà.",
        "Раз. Два.": "Một. Hai.",
        "Гора\u0301": "Núi",
    }
    assert found.skipped == {"not approved": 2, "empty": 1}
    (row,) = found.documents
    assert (row.document, row.segments, row.measured, row.edited) == ("visit.txt", 4, 1, 1)
    assert row.edits == Levenshtein.distance("Ngôi nhà.", "Nhà.")
    assert row.rate == row.edits / len("Nhà.")
    import_file(file, path, everything=True)
    assert known(file)["Река."] == "Sông."


def test_xliff_1(file: MemoryFile, tmp_path: Path) -> None:
    units = (
        '<trans-unit id="0" approved="yes"><source>Новый <g id="1">мост</g><x id="2"/>'
        '<bpt id="3">&lt;b&gt;</bpt>!</source><seg-source>?</seg-source><target>Cầu mới!</target>'
        '<alt-trans origin="tolmach"><target>Cái cầu mới!</target></alt-trans>'
        '<alt-trans origin="tm"><target>no</target></alt-trans></trans-unit>'
        '<trans-unit id="1"><source>Река.</source><target state="final">Sông.</target></trans-unit>'
        '<trans-unit id="2"><source>Дом.</source><target state="translated">Nhà.</target>'
        '</trans-unit><trans-unit id="3" translate="no" approved="yes"><source>a</source>'
        "<target>b</target></trans-unit>"
        '<trans-unit id="4" approved="yes"><source>Лес.</source></trans-unit>'
    )
    found = import_file(file, written(tmp_path, "x.sdlxliff", XLIFF_1.format(units=units)))
    assert known(file) == {"Новый мост!": "Cầu mới!", "Река.": "Sông."}
    assert found.skipped == {"not approved": 1, "empty": 1}
    (row,) = found.documents
    assert (row.document, row.to, row.measured, row.edits) == ("visit.txt", "vi", 1, 4)


def article() -> Article:
    """Return an article of three segments, of which an editor approved the second one."""
    text = "Мост открыт.\n\nРека широка.\n\nДом стар.\n"
    document = segment(clean(read_text(text, name="a.txt")), splitter=SPLITTERS["razdel"]())
    found = {index: Translated(index, f"Câu {index}.") for index in range(3)}
    made = assemble(document, found, to="vi", signature={})
    first, second, third = made.segments
    edited = replace(second, target="Sông <rộng> & dài.", origin=Origin.APPROVED)
    return place_marks(retargeted(made, [first, edited, third]))


def as_written(version: str, folder: Path) -> Path:
    (content,) = WRITERS[version].render(article()).values()
    return written(folder, "a.xlf", content)


@pytest.mark.parametrize("version", ["xliff", "xliff1"])
def test_what_we_write_comes_back(version: str, file: MemoryFile, tmp_path: Path) -> None:
    report = import_file(file, as_written(version, tmp_path))
    assert known(file) == {"Река широка.": "Sông <rộng> & dài."}
    assert report.skipped == {"not approved": 2}
    assert report.documents[0].document == "a.txt"


def test_another_tool_approves_in_our_xliff(file: MemoryFile, tmp_path: Path) -> None:
    xliff = pytest.importorskip("translate.storage.xliff")
    path = as_written("xliff1", tmp_path)
    store = xliff.xlifffile.parsefile(str(path))
    first, second, third = [unit for unit in store.units if unit.source]
    assert (first.source, first.target, first.isapproved()) == ("Мост открыт.", "Câu 0.", False)
    assert second.isapproved()
    first.target = "Cầu đã mở."
    first.markapproved()
    third.markapproved(False)
    store.savefile(str(path))
    report = import_file(file, path)
    assert known(file) == {"Мост открыт.": "Cầu đã mở.", "Река широка.": "Sông <rộng> & dài."}
    (row,) = report.documents
    assert (row.measured, row.edited) == (2, 1)
    assert row.edits == Levenshtein.distance("Câu 0.", "Cầu đã mở.")


# --- edits -------------------------------------------------------------------------------------


def edits(*segments: Any, **changes: Any) -> str:
    content = {
        "tolmach": "edits",
        "version": 1,
        "document": "visit.txt",
        "source_language": "ru",
        "target_language": "vi",
        "signature": {},
        "segments": segments,
    }
    return json.dumps(content | changes, ensure_ascii=False)


def edit(source: str, machine: str, target: str, *, approved: bool = True) -> dict[str, Any]:
    return {
        "index": 0,
        "source": source,
        "machine": machine,
        "target": target,
        "approved": approved,
    }


def test_edits(file: MemoryFile, tmp_path: Path) -> None:
    content = edits(
        edit("Мост.", "Cái cầu.", "Cầu."),
        edit("Река.", "Sông.", "Sông."),
        edit("Дом.", "Nhà.", "Nhà ở.", approved=False),
        edit("Лес.", "Rừng.", ""),
    )
    found = import_file(file, written(tmp_path, "edits.json", content))
    assert known(file) == {"Мост.": "Cầu.", "Река.": "Sông."}
    (row,) = found.documents
    assert row.as_dict() == {
        "document": "visit.txt",
        "to": "vi",
        "segments": 2,
        "added": 2,
        "changed": 0,
        "same": 0,
        "measured": 2,
        "edited": 1,
        "character_ter": round(4 / 9, 4),
    }
    assert found.skipped == {"not approved": 1, "empty": 1}


def test_what_the_machine_had_written_is_not_forgotten(file: MemoryFile, tmp_path: Path) -> None:
    """The second time, the memory has proposed what an editor had approved."""
    import_file(file, written(tmp_path, "1.json", edits(edit("Мост.", "Máy.", "Cầu."))))
    again = import_file(file, written(tmp_path, "2.json", edits(edit("Мост.", "Cầu.", "Cầu."))))
    assert (again.documents[0].same, again.documents[0].edited) == (1, 1)
    import_file(file, written(tmp_path, "3.json", edits(edit("Мост.", "Cầu.", "Cây cầu."))))
    (row,) = file.approved(PAIR)
    assert (row.machine, row.target) == ("Máy.", "Cây cầu.")


# --- files that cannot be used -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.tmx", "", "is no well-formed XML"),
        ("a.tmx", "hello", r"a\.tmx:1: is no well-formed XML"),
        ("a.tmx", b"PK\x03\x04" + bytes(99), "is no well-formed XML"),
        ("a.tmx", TMX.format(units="<tu>\n<tuv>"), r"a\.tmx:\d: is no well-formed XML"),
        ("a.xml", "<html><body/></html>", "its outermost element is <html>"),
        ("a.tmx", TMX.format(units=unit(("ru", "Мост")) + "<tu><tuv xml:lang='ru'/>"
         "<tuv xml:lang='vi'><seg>x</seg></tuv></tu>"), r"a\.tmx:5: a <tuv> has no <seg>"),
        ("a.json", '{"tolmach":\n "edits",}', r"a\.json:2: is no JSON"),
        ("a.json", '{"tolmach": "other"}', "no file with edits"),
        ("a.json", edits(version=2), "version 2"),
        ("a.json", edits(segments={}), "lacks languages, document or segments"),
        ("a.json", edits(target_language=""), "lacks languages"),
        ("a.json", edits(edit("а", "b", "c"), {"source": 7}), "segment 1 is damaged"),
        ("a.json", edits("text"), "segment 0 is damaged"),
        ("a.json", b'{"\xff": 1}', "not in UTF-8"),
        ("a.json", '{"a":' + "[" * 100_000, "nested too deeply"),
    ],
)  # fmt: skip
def test_wrong_files(
    file: MemoryFile, tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(InputError, match=said) as caught:
        import_file(file, path)
    assert str(path) in str(caught.value)


def test_no_file(file: MemoryFile, tmp_path: Path) -> None:
    for path in (tmp_path / "none.tmx", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            import_file(file, path)


def test_a_damaged_file_changes_nothing(file: MemoryFile, tmp_path: Path) -> None:
    units = "".join(unit(("ru", f"Мост {n}"), ("vi", f"Cầu {n}")) for n in range(3000))
    path = written(tmp_path, "x.tmx", TMX.format(units=units)[:-30])
    with pytest.raises(InputError):
        import_file(file, path)
    assert known(file) == {}


def test_entities_and_the_network_are_refused(file: MemoryFile, tmp_path: Path) -> None:
    secret = written(tmp_path, "secret.txt", "secret")
    header = f'<!DOCTYPE tmx [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "yyyy">]>'
    for entity in ("x", "y"):
        content = TMX.replace('<!DOCTYPE tmx SYSTEM "tmx14.dtd">', header).format(
            units=unit(("ru", "Мост"), ("vi", f"a &{entity}; b"))
        )
        with pytest.raises(InputError, match="entity"):
            import_file(file, written(tmp_path, "x.tmx", content))
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    header = f'<!DOCTYPE tmx [<!ENTITY l0 "lol">{lol}]>'
    content = TMX.replace('<!DOCTYPE tmx SYSTEM "tmx14.dtd">', header).format(
        units=unit(("ru", "Мост"), ("vi", "&l11;"))
    )
    started = time.process_time()
    with pytest.raises(InputError):
        import_file(file, written(tmp_path, "x.tmx", content))
    assert time.process_time() - started < 2

"""Reading text files: encodings, one form for all texts, and what is refused."""

from __future__ import annotations

import os
import random
import re
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.document import Severity, Span
from tolmach.errors import InputError
from tolmach.readers import ReadOptions, TextReader, read_path, read_text, reader_for
from tolmach.readers.encoding import CYRILLIC_ENCODINGS, decode
from tolmach.readers.normalise import OffsetMap, normalise
from tolmach.readers.text import read_bytes

SHORT = """Сегодня в Ханое прошло заседание правительства.
Рыбаки вернулись в порт до начала шторма.
Цены на рис выросли на 3,5 % за месяц.
Вьетнам и Россия откроют новый авиарейс.
Выставка продлится до 15 марта, вход свободный.
Президент поблагодарил коллег за тёплый приём.
В провинции Намдинь восстановили мост, построенный ещё в девятнадцатом веке.
ПОГОДА В ДАНАНГЕ НА ВЫХОДНЫЕ
Погода
Ханой, 12 мая
«Мы готовы к работе», — сказал инженер Чан Ван Лонг.
Экспорт кофе за полгода превысил 900 тысяч тонн, сообщило министерство.
По предварительным данным, пострадавших нет; спасатели осматривают дома у реки.
Компания FPT открыла офис в Москве, где будут работать 40 программистов.
Школьники из Хюэ победили на олимпиаде по математике, набрав рекордное число баллов.
Тайфун ослаб до тропического шторма, однако дожди не прекратятся до среды.
№ 68 от 12.05.2025: о развитии частного сектора
Поезд № 3 Ханой — Хошимин отправится в 19:30.
Съезд завершён
Фото: Чан Май""".splitlines()
ARTICLE = "Порт открыт\n\n«Мы рады», — сказала инженер Ле Тхи Хоа. Суда уже идут.\n"
TYPEWRITER = str.maketrans("«»—№", '""-N')


def encode(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(TYPEWRITER).encode(encoding)


# --- encodings ---


@pytest.mark.parametrize("encoding", CYRILLIC_ENCODINGS)
@pytest.mark.parametrize("text", SHORT)
def test_short_texts_in_8_bit_encodings(text: str, encoding: str) -> None:
    data = encode(text, encoding)
    decoded = decode(data)
    assert decoded.text == data.decode(encoding)
    assert not decoded.doubt


@pytest.mark.parametrize(
    ("encoding", "mark", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "utf-32-le"),
        ("cp1251", b"", "windows-1251"),
        ("koi8-r", b"", "koi8-r"),
        ("cp866", b"", "cp866"),
        ("iso8859-5", b"", "iso-8859-5"),
        ("mac-cyrillic", b"", "mac-cyrillic"),
    ],
)
def test_files_in_all_encodings(tmp_path: Path, encoding: str, mark: bytes, named: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(mark + encode(ARTICLE, encoding))
    document = read_path(path, name="a")
    assert document.text in (ARTICLE, ARTICLE.translate(TYPEWRITER))
    assert document.encoding == named
    assert document.path == path
    assert document.warnings == ()


def test_damaged_utf8_stays_utf8() -> None:
    document, _ = read_bytes(ARTICLE.encode()[:-2] + b"\xd0", name="a")
    assert document.encoding == "utf-8"
    (warning,) = document.warnings
    assert warning.code == "encoding"
    assert "damaged" in warning.message


def test_doubtful_encoding_is_named() -> None:
    document, _ = read_bytes("déjà vu à la carte".encode("cp1252"), name="a")
    (warning,) = document.warnings
    assert warning.code == "encoding"
    assert document.encoding in warning.message


@given(st.binary(min_size=1, max_size=200))
@settings(deadline=None)
def test_decoding_never_fails(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


@pytest.mark.parametrize("byte", range(0x80, 0x100))
def test_single_bytes_leave_a_choice(byte: int) -> None:
    texts = {bytes([byte]).decode(name, errors="replace") for name in CYRILLIC_ENCODINGS}
    assert len(texts) > 1


# --- what is refused ---


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \r\n\t \n", "is empty"),
        ("\ufeff".encode(), "is empty"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"PK\x03\x04\x14\x00", "save the document as plain text"),
        (b"%PDF-1.7\n", "PDF"),
        (b"{\\rtf1\\ansi", "RTF"),
        (bytes(range(32)) * 20, "not a text file"),
        (random.Random(5).randbytes(4000), "not a text file"),
    ],
)
def test_what_is_no_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as caught:
        read_path(path, name="article")
    assert "article.txt" in str(caught.value)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "large.txt").write_bytes(b"a" * 101)
    for name, message in [
        ("folder.txt", "is a folder"),
        ("none.txt", "no such file"),
        ("large.txt", "too large: 101 bytes"),
        ("page.pdf", r"only \.txt"),
        ("a\x00.txt", "cannot be read|no such file"),
    ]:
        with pytest.raises(InputError, match=message):
            read_path(tmp_path / name, name=name, options=ReadOptions(max_megabytes=0.0001))


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_named_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="not a regular file"):
        read_path(tmp_path / "pipe.txt", name="pipe")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ARTICLE, encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="no permission"):
        read_path(path, name="a")


def test_suffixes(tmp_path: Path) -> None:
    assert isinstance(reader_for(Path("A.TXT")), TextReader)
    (tmp_path / "A.TXT").write_text(ARTICLE, encoding="utf-8")
    assert read_path(tmp_path / "A.TXT", name="a").text == ARTICLE
    assert TextReader().read(ARTICLE.encode(), name="a", path=None).text == ARTICLE


# --- one form for all texts ---


def test_read_text() -> None:
    document = read_text("Пор\u00adт\r\nоткрыт\u2028вс\u200bё\x00 и\u0306", name="a")
    assert document.text == "Порт\nоткрыт\nвсё й"
    (warning,) = document.warnings
    assert (warning.code, warning.severity) == ("control_characters", Severity.INFO)
    assert read_text("\ufeffДа").warnings == ()
    with pytest.raises(InputError, match="is empty"):
        read_text(" \n")


def test_lone_surrogates_are_damage() -> None:
    document = read_text("Порт \ud800 открыт")
    assert document.text == "Порт \ufffd открыт"
    assert [warning.code for warning in document.warnings] == ["encoding"]


RAW = st.text(
    st.sampled_from("аиеёй\u0306\u0308\u0301eêạ\u0323\r\n\u2028\x85\u00ad\u200b\x00 \u1100\u1161")
    | st.characters(),
    max_size=60,
)


def reference(raw: str) -> str:
    """The same in several passes over the text."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", raw)
    text = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff]", "", text)
    return unicodedata.normalize("NFC", text)


@given(RAW)
@settings(deadline=None)
def test_normalise(raw: str) -> None:
    text, origin = normalise(raw)
    assert text == reference(raw)
    assert normalise(text) == (text, OffsetMap())
    assert origin.identity == (text == raw)


@given(RAW, st.data())
@settings(deadline=None)
def test_the_way_back(raw: str, data: st.DataObject) -> None:
    text, origin = normalise(raw)
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    source = origin.to_source(span)
    again = normalise(source.of(raw))[0]
    assert 0 <= source.start <= source.end <= len(raw)
    assert span.of(text) in again
    # Exactly the same unless the span begins or ends inside a piece that changed as a whole.
    edges = (span.start, span.end)
    if not any(
        a < edge < b
        for a, b in zip(origin.out_starts, origin.out_ends, strict=True)
        for edge in edges
    ) and all(map(_starts_anew, (text[edge : edge + 1] for edge in edges))):
        assert again == span.of(text)


def _starts_anew(char: str) -> bool:
    """Whether normalisation never joins a character to the one before it."""
    return not unicodedata.combining(char or " ") and not "\u1100" <= char < "\u1200"


def test_the_way_back_over_all_kinds_of_changes() -> None:
    raw = "Ха\u00adной,\r\nи\u0306 все"
    text, origin = normalise(raw)
    assert text == "Ханой,\nй все"
    for word in ("Ханой", "й все", ",\nй"):
        start = text.index(word)
        source = origin.to_source(Span(start, start + len(word)))
        assert normalise(source.of(raw))[0] == word
    assert origin.to_source(Span(0, 5)) == Span(0, 6)


@pytest.mark.parametrize("unit", ["а", "\r\n", "и\u0306", "\u0301", "語", "\x00"])
def test_normalisation_takes_linear_time(unit: str) -> None:
    began = time.process_time()
    normalise(unit * (1_000_000 // len(unit)))
    assert time.process_time() - began < 5

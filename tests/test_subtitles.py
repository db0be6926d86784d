"""Subtitles: timings stay, sentences are translated whole, cues can be read."""

from __future__ import annotations

import re
import time

import pytest
from formats import read, round_trip, survives, translated, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tolmach.document import Span
from tolmach.errors import InputError
from tolmach.forms.wrapping import divide, wrap
from tolmach.readers import ReadOptions

SRT = """\
1
00:00:01,000 --> 00:00:04,000
{\\an8}Премьер-министр Вьетнама прибыл
в Москву с <i>официальным</i> визитом,

2
00:00:04,100 --> 00:00:07,000
где встретился с президентом.

3
00:00:08,000 --> 00:00:11,000
- Вы довольны?
- Да, <b>очень</b>.

4
00:00:12,000 --> 00:00:13,000
♪♪

5
00:00:14,000 --> 00:00:14,500
<i>Переговоры длились три часа</i>
"""
VTT = """\
WEBVTT - о визите

NOTE
комментарий --> не субтитр

STYLE
::cue { color: yellow }

первый
00:01.000 --> 00:03.000 align:start position:10%
<v Нгуен>Мы &lt;очень&gt; рады

00:03.000 --> 00:06.000
<v Нгуен>видеть <c.loud>вас</c> <00:04.500>здесь.

00:06.000 --> 00:08.000
<v Чан>Спасибо!
"""


def cues(text: str) -> list[list[str]]:
    """The lines of each cue."""
    found = re.findall(r"-->[^\n]*\n((?:[^\n]+\n)+)", text)
    return [payload.splitlines() for payload in found]


def test_a_sentence_over_two_cues_is_one_block() -> None:
    document = read(SRT, "film.srt")
    assert document.segments[0].source == (
        "Премьер-министр Вьетнама прибыл в Москву с официальным визитом, "
        "где встретился с президентом."
    )
    assert [block.span.of(document.text) for block in document.blocks[1:]] == [
        "Вы довольны?",
        "Да, очень.",
        "Переговоры длились три часа",
    ]


def test_words_change_and_everything_else_stays() -> None:
    text = written(translated(read(SRT, "film.srt"))).decode()
    assert re.findall(r".*-->.*|^\d+$", text, re.M) == re.findall(r".*-->.*|^\d+$", SRT, re.M)
    first, second, third, music, last = cues(text)
    assert first[0].startswith("{\\an8}Premer-ministr")
    assert len(first) == 2
    assert "<i>ofitsialnym</i>" in " ".join(first)
    assert second == ["gde vstretilsya s prezidentom."]
    assert third == ["- Vy dovolny?", "- Da, <b>ochen</b>."]
    assert music == ["♪♪"]
    assert last == ["<i>Peregovory dlilis tri chasa</i>"]


def test_webvtt_keeps_settings_comments_and_voices_and_escapes_text() -> None:
    document = read(VTT, "film.vtt")
    text = written(translated(document, lambda s: s.replace("Мы", "Мы <script>"))).decode()
    head, _, rest = text.partition("первый")
    assert head == VTT.partition("первый")[0]
    assert "00:03.000 align:start position:10%\n<v Нгуен>Мы &lt;script&gt; &lt;очень&gt;" in rest
    assert "<script>" not in rest
    assert rest.count("<c.loud>") == rest.count("</c>") == rest.count("<00:04.500>") == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_an_unchanged_file_is_the_same_byte_for_byte(end: str, encoding: str) -> None:
    data = SRT.replace("♪♪", "...").replace("\n", end).encode(encoding)
    assert round_trip(data, "film.srt") == data


def test_what_cannot_be_said_in_its_encoding_is_written_in_utf8() -> None:
    data = SRT.replace("♪♪", "...").encode("cp1251")
    text = written(translated(read(data, "film.srt"), lambda _: "ạ Việt Nam")).decode("utf-8")
    assert "Việt Nam" in text


@pytest.mark.parametrize(
    ("first", "second", "gap", "joined"),
    [
        ("Он сказал, что", "приедет завтра.", 0.1, True),
        ("Он сказал это.", "Приедет завтра.", 0.1, False),
        ("Он сказал, что", "приедет завтра.", 3.0, False),
        ("Он думал…", "…что приедет.", 0.1, True),
        ("Он думал…", "Потом уехал.", 0.1, False),
        ("Он сказал, что", "- Кто сказал?", 0.1, False),
        ("Встреча в", "Ханое прошла.", 0.1, True),
    ],
)
def test_what_belongs_together(first: str, second: str, gap: float, joined: bool) -> None:
    srt = (
        f"1\n00:00:01,000 --> 00:00:02,000\n{first}\n\n"
        f"2\n00:00:{2 + gap:06.3f} --> 00:00:09,000\n{second}\n"
    )
    assert len(read(srt, "a.srt").blocks) == (1 if joined else 2)


def test_captions_without_punctuation_are_divided_all_the_same() -> None:
    srt = "".join(f"{i}\n00:00:{i:02},000 --> 00:00:{i:02},900\nслово за словом\n\n"
                  for i in range(1, 50))  # fmt: skip
    document = read(srt, "a.srt")
    assert 5 < len(document.blocks) < 15


def test_fast_cues_are_reported() -> None:
    article = translated(read(SRT, "film.srt"))
    found = [w for w in article.all_warnings() if w.code == "cue_fast"]
    assert ["subtitle 5 (at 0:14)" in w.message for w in found] == [True]
    assert found[0].source is not None
    assert found[0].source.of(article.document.text) == "Переговоры длились три часа"


def test_lines_are_as_long_as_the_option_says() -> None:
    options = ReadOptions(subtitle_line=20, subtitle_lines=3)
    long = "one two three four five six seven eight nine ten eleven"
    text = written(translated(read(SRT, "film.srt", options), lambda _: long)).decode()
    assert all(len(line) <= 20 for line in cues(text)[-1][1:-1])
    assert len(cues(text)[-1]) == 3


def test_fewer_words_than_cues_leave_no_cue_empty() -> None:
    text = written(translated(read(SRT, "film.srt"), lambda _: "Word")).decode()
    assert cues(text)[:2] == [["{\\an8}<i>Word</i>"], ["Word"]]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.srt", "просто текст\n", "no subtitles found"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\n...\n", "no words"),
        ("a.vtt", SRT, "WEBVTT"),
        ("a.vtt", "WEBVTT\n\nNOTE 00:01.000 --> 00:02.000\nкомментарий\n", "no subtitles found"),
        ("a.srt", " \n", "is empty"),
        ("a.srt", "\x00\x01\x02", "a.srt"),
    ],
)
def test_what_is_no_subtitle_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(text, name)


def test_sloppy_webvtt_is_read_as_players_read_it() -> None:
    text = (
        "WEBVTT\n00:01.000 --> 00:02.000\n \nпривет<00:01.500><c> всем</c>\n2\n"
        "00:02.000 --> 00:03.000\nДа.\n00:03.000 --> 00:04.000 line:0\nНет.\n\n"
        "NOTE\n00:05.000 --> 00:06.000\nкомментарий\n\n1000:00:07.000 --> 1000:00:08.000\nДолго.\n"
    )
    assert round_trip(text, "a.vtt").decode() == text
    assert written(translated(read(text, "a.vtt"))).decode() == (
        "WEBVTT\n00:01.000 --> 00:02.000\nprivet<00:01.500> <c>vsem</c>\n2\n"
        "00:02.000 --> 00:03.000\nDa.\n00:03.000 --> 00:04.000 line:0\nNet.\n\n"
        "NOTE\n00:05.000 --> 00:06.000\nкомментарий\n\n1000:00:07.000 --> 1000:00:08.000\nDolgo.\n"
    )


pieces = [
    "абв",
    "г.",
    ", ",
    " ",
    "…",
    "Д",
    "x",
    "- ",
    "&amp;",
    "<i>",
    "</i>",
    "<b>",
    "</b>",
    "7",
    "<00:00:01.5>",
    "NOTE",
    "{\\an8}",
    "&lt;",
    "\u00a0",
    "♪",
]
words = st.lists(st.lists(st.sampled_from(pieces), max_size=8).map("".join), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(words, min_size=1, max_size=6), st.text("ab .,-<>&", max_size=60), st.booleans())
def test_any_cues_come_back(texts: list[list[str]], target: str, web: bool) -> None:
    srt = "WEBVTT\n\n" if web else ""
    for index, lines in enumerate(texts):
        payload = "\n".join(line for line in lines if line.strip())
        srt += f"{index}\n00:00:{index:02}.000 --> 00:00:{index:02}.900\n{payload}\n\n"
    name = "a.vtt" if web else "a.srt"
    try:
        document = read(srt, name)
    except InputError:
        return
    assert round_trip(srt, name) == srt.encode()
    text = written(translated(document, lambda _: target or "a")).decode()
    assert len(re.findall("^.*-->.*$", text, re.M)) >= len(texts)
    tag = "</?[ib]>"
    assert sorted(re.findall(tag, text)) == sorted(re.findall(tag, srt))


@settings(max_examples=80, deadline=None)
@given(st.text("ab ,.", max_size=80).map(lambda t: " ".join(t.split())), st.data())
def test_division_gives_every_cue_words(text: str, data: st.DataObject) -> None:
    places = st.lists(st.integers(0, len(text)), max_size=5).map(sorted)
    wanted = data.draw(places)
    found = divide(text, wanted, whole=[Span(2, 9)])
    assert len(found) == min(len(wanted), max(0, len(text.split()) - 1))
    assert all(text[place - 1] == " " for place in found)
    assert list(found) == sorted(set(found))


@settings(max_examples=80, deadline=None)
@given(st.text("abc ", max_size=200).map(lambda t: " ".join(t.split())), st.integers(1, 4))
def test_wrapping_never_breaks_words(text: str, lines: int) -> None:
    breaks = wrap(text, width=42, lines=lines)
    assert len(breaks) < lines or not breaks
    assert all(text[place] == " " for place in breaks)
    if len(text) <= 42:
        assert not breaks


def test_two_lines_are_balanced() -> None:
    text = "The prime minister of Vietnam arrived in Moscow on an official visit"
    (place,) = wrap(text, width=42, lines=2)
    assert abs(place - len(text) / 2) < 8


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SRT.encode())), st.binary(max_size=6), st.sampled_from(["srt", "vtt"]))
def test_damaged_files_raise_nothing_else(cut: int, junk: bytes, suffix: str) -> None:
    source = (SRT if suffix == "srt" else VTT).encode()
    survives(source[:cut], f"a.{suffix}")
    survives(source[:cut] + junk + source[cut + 1 :], f"a.{suffix}")


@pytest.mark.parametrize(
    "piece", ["<i>", "</b>", "{\\", "слово ", "00:00:01,000 --> ", "-\n", "&lt;"]
)
def test_long_lines_take_no_time(piece: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nслово " + piece * (1_000_000 // len(piece)) + "\n"
    started = time.process_time()
    survives(text.encode(), "a.srt")
    survives(b"WEBVTT\n\n" + text.encode(), "a.vtt")
    assert time.process_time() - started < 20

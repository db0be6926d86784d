"""Markdown: words change, markup stays, and no word becomes markup."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from formats import read, rewritten, round_trip, survives, translated, written
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tolmach.document import Kind
from tolmach.errors import InputError
from tolmach.readers import ReadOptions, reader_for
from tolmach.readers.markdown_blocks import add_blocks

TEXT = """\
---
title: "Визит в Ханой: итоги"
date: 2025-01-01
description: Коротко о визите
author: 'Иванов'
tags: [визит]
---

# Визит *министра* в Ханой #

Премьер-министр **Вьетнама** прибыл в [Москву](https://x.ru "Москва")
и встретился с `print(1)` президентом.\\
Он сказал: 5 \\* 3 &amp; 4. <b>Так</b> и ![фото министра](a.jpg) всё.

> Цитата первая
> строка вторая

1. Пункт [ссылка][1] раз
2. Пункт два
   - вложенный пункт

| Год | Сумма \\| рублей |
|-----|------|
| Рис | и *ещё* |

```python
print("код")
```

<div>не трогать</div>

[1]: https://y.ru "Заголовок"

Второй заголовок
================
~~старое~~ новое <https://z.ru> конец
"""


def made(text: str, target: str) -> str:
    return written(translated(read(text, "a.md"), lambda _: target)).decode()


def test_everything_but_the_words_stays() -> None:
    assert round_trip(TEXT, "a.md").decode() == TEXT
    document = read(TEXT, "a.md")
    assert document.warnings == ()
    assert [(block.kind, block.span.of(document.text)) for block in document.blocks] == [
        (Kind.TITLE, "Визит в Ханой: итоги"),
        (Kind.LEAD, "Коротко о визите"),
        (Kind.TITLE, "Визит министра в Ханой"),
        (
            Kind.BODY,
            "Премьер-министр Вьетнама прибыл в Москву и встретился с print(1) президентом. Он "
            "сказал: 5 * 3 & 4. Так и фото министра всё.",
        ),
        (Kind.QUOTE, "Цитата первая строка вторая"),
        (Kind.BODY, "Пункт ссылка раз"),
        (Kind.BODY, "Пункт два"),
        (Kind.BODY, "вложенный пункт"),
        (Kind.BODY, "Год"),
        (Kind.BODY, "Сумма | рублей"),
        (Kind.BODY, "Рис"),
        (Kind.BODY, "и ещё"),
        (Kind.HEADING, "Второй заголовок"),
        (Kind.BODY, "старое новое https://z.ru конец"),
    ]
    found = written(translated(document)).decode().split("\n")
    for line in (
        'title: "Vizit v Khanoy: itogi"',
        "date: 2025-01-01",
        'description: "Korotko o vizite"',
        "author: 'Иванов'",
        "# Vizit *ministra* v Khanoy #",
        "> Tsitata pervaya stroka vtoraya",
        "1. Punkt [ssylka][1] raz",
        "   - vlozhennyy punkt",
        "| God | Summa \\| rubley |",
        "| Ris | i *eshchyo* |",
        'print("код")',
        "<div>не трогать</div>",
        '[1]: https://y.ru "Заголовок"',
        "Vtoroy zagolovok",
        "~~staroe~~ novoe <https://z.ru> konets",
    ):
        assert line in found
    assert 'Premer-ministr **Vetnama** pribyl v [Moskvu](https://x.ru "Москва") i' in "".join(found)
    assert "5 \\* 3 & 4. <b>Tak</b> i ![foto ministra](a.jpg) vsyo." in "".join(found)


# what a model writes may look like anything
ODD = [
    "# no heading", "1. no list", "23) no list", "- no list", "+ x", "> no quote", "=== x", "--- x",
    "*no* emphasis", "_no_ emphasis", "a [b](c) d", "<b>x</b>", "`x`", "&amp; x", "~~x~~", "| x |",
    "![x](y)", "x\\y", "C# #", "snake_case", "5 * 3 * 2", "AT&T", "a < b > c", ":-- x", "#1",
]  # fmt: skip


@pytest.mark.parametrize("target", ODD)
@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Слово", "p"), ("- Слово", "li"), ("> Слово", "p"), ("## Слово ##", "h2"),
        ("Слово\n----", "h2"), ("| Слово |\n|---|", "th"),
    ],
)  # fmt: skip
def test_no_word_becomes_markup(text: str, tag: str, target: str) -> None:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    html = parser.render(made(text, target))
    found = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    assert found is not None, html
    shown = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    assert shown.replace("&amp;", "&").strip() == target


PIECES = st.sampled_from(
    ["слово", "Он сказал. Она ушла.", "*", "**", "_", "~~", "`", "``", "[", "](x)", "]", "![", "\\",
     "<b>", "</b>", "<https://x.ru>", "&amp;", "&", "  \n", "\n", "\\\n", " ", "|", "#", "> ", "- ",
     "1. ", "    ", "\n\n", "```\n", "---\n", "\t", "=", "[а]: б\n", "\r\n", "5", "|-|\n",
     "[^1]: ", "[^а]", ": ", ":::", "{{x}}", "[ ] ", "<br>", "[]"]
)  # fmt: skip


@example("Он сказал. Она ушла.\\")
@given(st.lists(PIECES, max_size=25).map("".join))
def test_an_unchanged_file_is_the_same_byte_for_byte(text: str) -> None:
    try:
        result = round_trip(text, "a.md")
    except InputError:
        return
    assert result == text.encode()


# without what is shown differently when it says the same: bars, pictures, what ends a code
SHOWN = st.sampled_from(
    ["слово", "Он сказал.", "*", "**", "_", "~~", "`", "[", "](x)", "]", "\\", "<https://x.ru>",
     "&amp;", "&", "  \n", "\n", "\\\n", " ", "#", "> ", "- ", "1. ", "    ", "\n\n", "---\n", "\t",
     "=", "+", ":", "[а]: б\n", "\r\n", "5", "[^1]: ", "[ ] "]
)  # fmt: skip


def look(text: str) -> str:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    add_blocks(parser)
    folded = re.sub(r"\s+", " ", parser.render(text))
    return re.sub(r" ?(</?(?:a|em|strong|s|p|li|h\d|blockquote|br|code)\b[^>]*>) ?", r"\1", folded)


@example("слово  \n\\---\n")
@example("слово  \n\\- пункт\\\n2024\\. Год")
@example("> слово  \n> \\> ещё")
@example("*слово<br>* дело")
@example("слово ![](x) дело")
@example("\\: слово")
@example("- [ ] ![](x) слово [^1]")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SHOWN, max_size=15).map("".join))
def test_a_file_written_anew_looks_the_same(text: str) -> None:
    try:
        result = rewritten(text, "a.md").decode()
    except InputError:
        return
    assert look(result) == look(text)


@given(st.lists(PIECES, max_size=25).map("".join), st.sampled_from(["word", "Two. Words", "a *b"]))
def test_links_and_code_survive(text: str, target: str) -> None:
    text = f"слово [ссылка](a-b) и `код`\n\n{text}"
    result = made(text, target)
    assert "](a-b)" in result
    assert "`код`" in result


def test_what_cannot_be_followed_stays_and_is_told() -> None:
    # the parser takes the tab in the cell for spaces, so that it is not in the file
    for text in ("Слово и дело.\n\n- а\n\n\t\tслово\n",):
        assert round_trip(text, "a.md").decode() == text


@pytest.mark.parametrize("value", ["|", "> x", "[a]", "&x y", "{a: b}", "x # y", "'a", '"a'])
def test_values_of_front_matter_that_are_not_plain_stay(value: str) -> None:
    text = f"---\ntitle: {value}\n---\nСлово\n"
    assert made(text, "Word") == text.replace("Слово", "Word")


def test_toml_front_matter() -> None:
    text = '+++\ntitle = "Слово"\ndate = 2025-01-01\n+++\n\nДело\n'
    assert made(text, 'a "b"') == text.replace("Слово", 'a \\"b\\"').replace("Дело", 'a "b"')


@pytest.mark.parametrize("value", ["Да: нет", "Да # нет", "> слово", '"\\x41 слово"'])
def test_values_of_front_matter_that_cannot_be_read_are_told(value: str) -> None:
    text = f"---\ndate: 2025\ntitle: {value}\n---\nСлово\n"
    (warning,) = read(text, "a.md").warnings
    assert warning.code == "markup_unclear"
    assert "line 3" in warning.message


def both(text: str, target: str | None = None) -> tuple[str, str]:
    """What a text and its translation look like, without the words."""
    document = read(text, "a.md")
    assert document.warnings == ()
    say = None if target is None else lambda _: target
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    texts = text, written(translated(document, say)).decode()
    first, second = (re.sub(r">[^<]+<", "><", parser.render(each)) for each in texts)
    return first, second


def test_links_to_definitions_keep_them() -> None:
    text = (
        "Смотри [сам\nсайт][], [сайт], [*наш* сайт] и ![снимок][].\n\n[сам сайт]: /a\n[сайт]: /b\n"
        "[*наш* сайт]: /c\n[снимок]: d.png\n"
    )
    before, after = (re.sub(r'alt="[^"]*"', "", each) for each in both(text))
    assert after == before
    assert "[sayt][сайт]" in written(translated(read(text, "a.md"))).decode()


NOTES = """\
Порт построят[^1] к лету[^Срок и не позже], говорит министр[^Срок].

[^1]: Первая *сноска*.
[^Срок]: Срок

    Второй абзац сноски.

Термин
: Его значение.

- [ ] Дело
- [x] Сделано
  - [X] И это

::: note Врезка
Внимание!
:::

{{< figure title="Подпись" >}}
Слово {{ site.title }} и {% raw %}.
"""


def test_notes_tasks_and_commands_stay() -> None:
    assert round_trip(NOTES, "a.md").decode() == NOTES
    made = written(translated(read(NOTES, "a.md"))).decode()
    assert made == (
        "Port postroyat[^1] k letu\\[^Srok i ne pozzhe\\], govorit ministr[^Срок].\n\n"
        "[^1]: Pervaya *snoska*.\n[^Срок]: Srok\n\n    Vtoroy abzats snoski.\n\n"
        "Termin\n: Ego znachenie.\n\n- [ ] Delo\n- [x] Sdelano\n  - [X] I eto\n\n"
        "::: note Врезка\nVnimanie!\n:::\n\n"
        '{{< figure title="Подпись" >}}\nSlovo {{ site.title }} i {% raw %}.\n'
    )


def test_line_breaks_in_html_part_words() -> None:
    document = read("| а | б |\n|-|-|\n| раз<br>два | три<BR/>четыре |\n", "a.md")
    assert [b.span.of(document.text) for b in document.blocks][2:] == ["раз два", "три четыре"]


def test_emphasis_of_nothing_is_not_written() -> None:
    text = "*а*б*в* и **жирный** *с* ~~этим~~ [раз](x) `код`"
    before, after = both(text, "Word")
    assert re.findall("<(?:a|code)", after) == re.findall("<(?:a|code)", before)
    for sign in ("*", "~", "_"):
        assert sign not in re.sub("<[^>]*>", "", after)


def test_a_translation_stays_on_one_line() -> None:
    for text in (TEXT, "- слово\n\n> цитата\n"):
        made_of = both(text, "One\n# two\r\n- three")
        assert made_of[0].count("<h") == made_of[1].count("<h")
        assert made_of[0].count("<li") == made_of[1].count("<li")


@pytest.mark.parametrize("data", [b"", b"---\n---\n", b"```\nx\n```", b"1. 2\n"])
def test_no_words(data: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.md"):
        read(data, "a.md")


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    survives(data, "a.md")


@pytest.mark.parametrize(
    "text",
    [
        "Слово и *дело*.\n\n" * 50_000,
        "слово " * 300_000,
        "> " * 50 + "слово\n\n" * 20_000,
        "| слово " * 50_000 + "|\n" + "|-" * 50_000 + "|\n",
        "[" * 20_000 + "слово",
        "*слово " * 20_000,
        "слово\n\n" + "[^1]: " * 20_000 + "слово",
        "слово\n" + ": слово\n" * 20_000,
        "слово " + "{{" * 20_000 + "[^" * 5_000,
    ],
    ids=["paragraphs", "line", "quotes", "cells", "brackets", "stars", "notes", "terms", "open"],
)
def test_large_files_take_their_time_and_no_more(text: str) -> None:
    started = time.process_time()
    reader = reader_for(Path("a.md"))
    document = reader.read(text.encode(), name="a.md", path=None, options=ReadOptions())
    assert document.blocks
    assert time.process_time() - started < 30

"""HTML: fragments keep their markup, saved pages give their article."""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from formats import read, rewritten, round_trip, survives, translated, untranslated, written
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.cleaning import clean
from tolmach.document import Action, Article, Document, Kind
from tolmach.errors import InputError
from tolmach.readers import ReadOptions, reader_for
from tolmach.segmentation import razdel_splitter, segment
from tolmach.writers import WRITERS

FRAGMENT = """\
<div class="a" title="заголовок">
<h1>Визит &amp; переговоры</h1><!-- редакция -->
<p>Премьер-министр <b>Вьетнама</b> прибыл в <a href="https://x.ru/?a=1&amp;b=2">Москву</a>.<br>
Он встретился с президентом. Это <code>print(1)</code> код.</p>
<script>if (a<b) alert("Привет")</script><style>p{content:"Слово"}</style>
<p>Строка один.<br><br>Строка два &lt;script&gt;<ul><li>Пункт <i>первый</i> тут<li>второй пункт</ul>
<blockquote><p>Сказано кем-то</p></blockquote><pre>не трогать</pre>
<p translate="no">И это</p><p>Снимок<img src=x alt="рисунок"> моря</p></div>
"""

PAGE = """\
<!DOCTYPE html><html lang="ru"><head><meta charset="{charset}"><title>Мост открыт | Вести</title>
<link rel="canonical" href="https://news.example/society/bridge">
<script>var x = "<p>Это не текст статьи, а программа страницы, её не переводят.</p>";</script>
</head><body>
<header><nav><a href="/">Главная</a> <a href="/sport">Спорт и отдых</a></nav></header>
<main><article>
<h1>Новый мост открыт</h1>
<p class="lead"><b>В четверг в городе открыли новый мост через реку, сообщила мэрия.</b></p>
<figure><img src="bridge.jpg" alt="мост">
<figcaption>Вид на новый мост. Фото: Вести</figcaption></figure>
<p>Его длина составляет 1200 метров, рассказал <a href="/people/7" onclick="x()">главный инженер
<i>Пётр Смирнов</i></a> на открытии <span style="color:red">в среду</span>.</p>
<h2>Что дальше</h2>
<p>Движение по мосту начнётся в понедельник
утром, &lt;script&gt;alert(1)&lt;/script&gt; без платы.</p>
<ul><li>Автобусы поедут по новому мосту с первого дня.</li>
<li>Велосипедистам сделали отдельную широкую полосу.</li></ul>
<p>Подробности
на <a href="javascript:alert(1)">странице городского проекта</a>, сказали в мэрии.</p>
<table><tr><td>Год постройки моста</td><td>2024</td></tr><tr><td>Полос</td><td>6</td></tr></table>
<p>Строители работали над этим мостом три года и закончили его раньше срока.</p>
</article></main>
<aside><h3>Читайте также</h3><ul>
<li><a href="/1">В городе прошёл большой праздник цветов</a></li></ul></aside>
<footer>© 2024 Вести. Все права на эти материалы защищены.</footer></body></html>
"""


def page(charset: str = "utf-8") -> bytes:
    return PAGE.format(charset=charset).encode(charset)


def article(data: bytes, options: ReadOptions | None = None) -> Document:
    reader = reader_for(Path("a.html"))
    document = reader.read(data, name="a.html", path=None, options=options or ReadOptions())
    if not document.blocks:
        document = clean(document, mend=False)
    return segment(document, splitter=razdel_splitter())


def html_of(made: Article) -> str:
    return written(made).decode()


def test_everything_but_the_words_of_a_fragment_stays() -> None:
    assert round_trip(FRAGMENT, "a.html").decode() == FRAGMENT
    document = read(FRAGMENT, "a.html")
    texts = [(block.kind, block.span.of(document.text)) for block in document.blocks]
    assert texts == [
        (Kind.TITLE, "Визит & переговоры"),
        (Kind.BODY, "Премьер-министр Вьетнама прибыл в Москву."),
        (Kind.BODY, "Он встретился с президентом. Это print(1) код."),
        (Kind.BODY, "Строка один."),
        (Kind.BODY, "Строка два <script>"),
        (Kind.BODY, "Пункт первый тут"),
        (Kind.BODY, "второй пункт"),
        (Kind.QUOTE, "Сказано кем-то"),
        (Kind.BODY, "Снимок моря"),
    ]
    made = html_of(translated(document))
    assert '<p>Premer-ministr <b>Vetnama</b> pribyl v <a href="https://x.ru/?a=1&amp;b=2">' in made
    assert "Moskvu</a>.<br>\nOn vstretilsya s prezidentom. Eto <code>print(1)</code> kod." in made
    assert "<p>Stroka odin.<br><br>Stroka dva &lt;script&gt;<ul><li>Punkt <i>pervyy</i> tut" in made
    for kept in (
        "<!-- редакция -->",
        'alert("Привет")',
        "не трогать",
        'translate="no">И это',
        "Слово",
    ):
        assert kept in made
    assert re.sub(r">[^<]*<", "><", FRAGMENT) == re.sub(r">[^<]*<", "><", made)


# what a model writes says nothing about where tags belong: they stay in pairs all the same
TARGETS = st.text(st.sampled_from("ab <>&\"'.,1 "), min_size=1).filter(str.strip)
WORDS = st.sampled_from(
    ["Слово", "два &amp; три", "5 &lt; 6", "Он сказал.", "о\u0301", "\u00a0", "x"]
)


@st.composite
def fragments(draw: st.DrawFn, depth: int = 3) -> str:
    pieces = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["text", "inline", "block", "point", "odd"]))
        if kind == "text" or depth == 0:
            pieces.append(draw(WORDS))
        elif kind == "point":
            pieces.append(
                draw(st.sampled_from(["<br>", '<img src="a>b">', "<!-- б -->", "<br/> "]))
            )
        elif kind == "odd":
            odd = ["</b>", "<i>", "<", "&", "<p>", "</div>", "<code>я</code>", "<script>ж</script>"]
            pieces.append(draw(st.sampled_from(odd)))
        else:
            inline = ["b", "i", 'a href="x"', "span"]
            tag = draw(st.sampled_from(inline if kind == "inline" else ["p", "div", "h1", "li"]))
            pieces.append(f"<{tag}>{draw(fragments(depth - 1))}</{tag.split()[0]}>")
        pieces.append(draw(st.sampled_from(["", " ", "\r\n"])))
    return "".join(pieces)


@given(fragments())
def test_an_unchanged_fragment_is_the_same_byte_for_byte(fragment: str) -> None:
    whole = f"<p>Слово</p>{fragment}"
    assert round_trip(whole, "a.html") == whole.encode()


@given(fragments(), TARGETS)
def test_whatever_is_written_tags_stay(fragment: str, target: str) -> None:
    tags = re.compile(r"<!--.*?-->|</?[a-z][^>]*>", re.DOTALL)
    fragment = f"<p>Слово</p>{fragment}"
    document = read(fragment, "a.html")
    made = html_of(translated(document, lambda _: target))
    assert sorted(tags.findall(made)) == sorted(tags.findall(fragment))


class Look(HTMLParser):
    """What a fragment shows: tags, comments and texts, white space beside tags left out."""

    def __init__(self, fragment: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(fragment)
        self.close()
        folded = re.sub(r"\s+", " ", unicodedata.normalize("NFC", "".join(self.found)))
        self.words = re.sub(r"[\x01-\x02].*?\x03", " ", folded).split()
        self.shown = re.sub(r" ?([\x01-\x02].*?\x03) ?", r"\1", folded).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(f"\x01{tag} {attrs}\x03")

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"\x01/{tag}\x03")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"\x02{data}\x03")

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@settings(max_examples=200, deadline=None)
@given(fragments())
def test_a_fragment_written_anew_looks_the_same(fragment: str) -> None:
    whole = f"<p>Слово</p>{fragment}"
    made = rewritten(whole, "a.html").decode()
    assert Look(made).shown == Look(whole).shown
    # and no words are joined or parted
    assert Look(made).words == Look(whole).words


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
def test_encodings_stay(charset: str) -> None:
    said = "utf-8" if charset == "utf-16" else charset
    text = f'<meta charset="{said}"><p>Здравствуйте, это простой текст.</p>'
    data = text.encode(charset)
    assert round_trip(data, "a.html") == data
    made = written(translated(read(data, "a.html"), lambda _: "Đà Nẵng & Huế", to="vi"))
    shown = made.decode(charset)
    for letter in "Đàẵế":
        shown = shown.replace(f"&#{ord(letter)};", letter)
    assert "<p>Đà Nẵng &amp; Huế</p>" in shown


def test_the_article_of_a_page() -> None:
    document = article(page())
    made = html_of(translated(document))
    assert made.startswith('<!doctype html>\n<html lang="en">')
    assert "<title>Novyy most otkryt</title>" in made
    assert "<h1>Novyy most otkryt</h1>" in made
    assert '<p class="lead"><b>V chetverg v gorode' in made
    assert '<p class="caption">Vid na novyy most.' in made
    assert '<a href="https://news.example/people/7">' in made
    assert re.search(r"<i>Pyotr Smirnov</i></a> na otkrytii v sredu", made)
    assert "<h2>Chto dalshe</h2>" in made
    assert made.count("<ul>") == made.count("</ul>") == 1
    assert made.count("<li>") == made.count("</li>") == 2
    cells = re.findall(r"<td>(.*?)</td>", made)
    assert cells == ["God postroyki mosta", "2024", "Polos", "6"]
    assert made.count("<tr>") == made.count("</tr>") == 2
    # nothing of the rest of the page, nothing that runs or loads
    for word in ("Sport", "Chitayte", "prazdnik", "prava", "programma", "javascript", "onclick"):
        assert word not in made
    for tag in ("<script", "<img", "<link", "style="):
        assert tag not in made
    assert "&lt;script&gt;" in made


def test_links_to_other_articles_are_left_out() -> None:
    other = "Паром вернулся на реку. Жители соседнего села встретили его цветами."
    teaser = f"<div><a href='/9'>{other}</a></div>"
    story = "<p><a href='/people/7'>Главный инженер</a> рассказал об этом подробно в среду.</p>"
    source = PAGE.format(charset="utf-8")
    found = article(source.replace("<h2>", f"{teaser}{story}<h2>").encode())
    kept = translated(found).text
    assert "Parom" not in kept
    assert "Glavnyy inzhener rasskazal" in kept


@pytest.mark.parametrize(
    "place", ['class="comments"', "id=comment-17", "class='wide user-comments-list'"]
)
def test_comments_of_readers_are_left_out(place: str) -> None:
    written = "Я живу рядом с этим мостом и очень рад, что его наконец открыли для всех."
    source = PAGE.format(charset="utf-8").replace("<body>", '<body class="has-comments">')
    comments = f"<div {place}><p>{written}</p><p>{written} Спасибо строителям.</p></div>"
    kept = translated(article(source.replace("</article>", f"</article>{comments}").encode())).text
    assert "Ya zhivu" not in kept
    assert "Stroiteli rabotali nad etim mostom" in kept


def test_cells_stand_in_the_text_too() -> None:
    made = translated(article(page()))
    assert "God postroyki mosta\n2024\nPolos\n6\n" in made.text
    # numbers that are no cells are counters, also in a table that only lays out the page
    layout = PAGE.format(charset="utf-8").replace("<article>", "<table><tr><td><article>")
    layout = layout.replace("</article>", "<p>12</p><p>3</p></article></td></tr></table>")
    laid_out = translated(article(layout.encode()))
    assert "\n12" not in laid_out.text
    assert "God postroyki mosta" in laid_out.text


def test_a_script_in_a_text_stays_text() -> None:
    made = untranslated(article(page()))
    (text,) = [str(text) for text in WRITERS["text"].render(made).values()]
    assert "<script>alert(1)</script>" in text
    assert "<script" not in html_of(made)
    review = "".join(map(str, WRITERS["review"].render(made).values()))
    assert "<script>alert(1)</script>" not in review


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r"])
def test_a_page_says_its_encoding(charset: str) -> None:
    document = article(page(charset))
    assert document.text == article(page()).text
    assert b'charset="utf-8"' in written(untranslated(document))


def test_a_page_may_be_translated_in_its_place() -> None:
    options = ReadOptions(html="fragment")
    document = article(page(), options)
    assert written(untranslated(document)) == page()
    made = html_of(translated(document))
    assert "<title>Most otkryt | Vesti</title>" in made
    assert "<h3>Chitayte takzhe</h3>" in made


def test_a_page_without_an_article_is_translated_whole() -> None:
    data = "<html><body><p>Да.</p><p>Нет.</p></body></html>"
    document = article(data.encode())
    assert [warning.code for warning in document.warnings] == ["no_article"]
    assert html_of(translated(document)) == data.replace("Да", "Da").replace("Нет", "Net")


def test_dropped_lines_leave_nothing_behind() -> None:
    document = article(page())
    blocks = list(document.blocks)
    index = next(i for i, b in enumerate(blocks) if b.span.of(document.text).startswith("Автобусы"))
    for place in (index, index + 1):
        blocks[place] = replace(blocks[place], action=Action.DROP)
    made = html_of(untranslated(replace(document, blocks=tuple(blocks))))
    assert "Автобусы" not in made
    assert "<li>" not in made


@pytest.mark.parametrize("data", [b"", b"  ", b"<p></p>", b"<script>x</script>", b"\x00\x01"])
def test_no_words(data: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.html"):
        read(data, "a.html")


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    survives(data, "a.html")
    survives(b"<html><body>" + data, "a.html")


@pytest.mark.parametrize(
    "data",
    [
        "<p>Слово и дело.</p>" * 100_000,
        "<div>" * 200_000 + "слово" + "</div>" * 200_000,
        "<b>" * 200_000 + "слово",
        "<b>слово " * 100_000,
        "<" * 1_000_000 + "слово",
        "слово <!--" * 200_000,
        "<a href='" * 200_000 + "слово",
        "слово <br>" * 100_000,
        "слово </b><i>" * 100_000,
    ],
    ids=["paragraphs", "deep", "open", "nested", "less", "comments", "quotes", "breaks", "crossed"],
)
def test_large_files_take_their_time_and_no_more(data: str) -> None:
    started = time.process_time()
    document = reader_for(Path("a.html")).read(
        data.encode(), name="a.html", path=None, options=ReadOptions()
    )
    assert document.blocks
    assert time.process_time() - started < 20


def test_names_are_escaped() -> None:
    made = untranslated(article(page()))
    blocks = tuple(replace(block, kind=Kind.BODY) for block in made.blocks)
    named = replace(made, document=replace(made.document, name="<b>.html"), blocks=blocks)
    assert f"<title>{escape('<b>.html')}</title>" in html_of(named)


@pytest.mark.parametrize(
    ("said", "written_in"),
    [
        ("windows-1251", "utf-8"),
        ("koi8-r", "utf-8"),
        ("iso-8859-1", "windows-1251"),
        ("utf-16", "utf-8"),
        ("utf-16", "windows-1251"),
        ("utf-7", "utf-8"),
        ("undefined", "utf-8"),
        ("idna", "utf-8"),
        ("unicode_escape", "utf-8"),
        ("rot13", "utf-8"),
        ("utf-8", "windows-1251"),
    ],
)
def test_what_a_page_says_of_its_encoding_may_be_wrong(said: str, written_in: str) -> None:
    data = PAGE.format(charset=said).encode(written_in)
    assert article(data).text == article(page()).text
    fragment = f'<meta charset="{said}"><p>Здравствуйте, это простой текст.</p>'.encode(written_in)
    document = read(fragment, "a.html")
    assert document.text == "Здравствуйте, это простой текст.\n"
    assert written(untranslated(document)) == fragment
    changed = written(translated(document, lambda _: "Xin chào")).decode(written_in)
    assert "<p>Xin chào</p>" in changed.replace("&#224;", "à")

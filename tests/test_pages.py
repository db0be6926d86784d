"""Saved pages of the kinds that news sites make: the article is kept, what is around it is not."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from formats import untranslated, written

from tolmach.cleaning import clean
from tolmach.document import Article
from tolmach.readers import ReadOptions, reader_for
from tolmach.segmentation import razdel_splitter, segment

TITLE = "Фермеры Ламдонга экономят воду"
STORY = (
    "Фермеры провинции Ламдонг переходят на капельное орошение, потому что воды стало меньше.",
    "Министерство выделило на эти цели 300 млрд донгов, половина из них пойдёт на плантации кофе.",
    "Агроном Нгуен Ван Хай рассказал, что расход воды сократился втрое, а урожай остался прежним.",
    "Без новых насосных станций засуха повторится уже следующей весной, говорят специалисты.",
    "В соседней провинции Даклак подобный проект охватывает уже восемь тысяч гектаров земли.",
)
OTHERS = (
    "Вьетнам и Лаос договорились о строительстве железной дороги",
    "В Хошимине открыли первую линию метро после двенадцати лет работ",
    "Тайфун приближается к центральному побережью страны",
)
SUMMARY = "Линия длиной двадцать километров соединит центр города с восточными районами столицы."
MENU = "<div class=top><ul><li><a href=/p>Политика</a></li><li><a href=/s>Спорт</a></li></ul></div>"
FOOT = "<div class=foot><p>Все права защищены, при перепечатке ссылка обязательна.</p></div>"
PARAGRAPHS = [f"<p>{text}</p>" for text in STORY]
LINKS = "".join(f"<p><a href=/n>{text}</a></p>" for text in OTHERS)


def page(body: str, *, title: str = TITLE) -> str:
    head = f"<head><meta charset=utf-8><title>{title}</title></head>"
    return f"<!DOCTYPE html><html>{head}<body>{MENU}{body}{FOOT}</body></html>"


def story(inserted: str = "", *, after: int = 2, title: str = f"<h1>{TITLE}</h1>") -> str:
    return f"{title}{''.join(PARAGRAPHS[:after])}{inserted}{''.join(PARAGRAPHS[after:])}"


def translation(html: str) -> Article:
    reader = reader_for(Path("a.html"))
    document = reader.read(html.encode(), name="a.html", path=None, options=ReadOptions())
    document = document if document.blocks else clean(document)  # and mended, as pipelines do
    return untranslated(segment(document, splitter=razdel_splitter()))


def body_of(html: str) -> str:
    """The body of the page that is written."""
    return written(translation(html)).decode().partition("<body>")[2]


def shown(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", body_of(html)))


BOXES = {
    "related": f"<div class=related-news><p>{SUMMARY}</p></div>",
    "relate, as the extractor takes it": "<div class=story-relate><article><h4><a href=/r>"
    f"{OTHERS[0]}</a></h4><div>{SUMMARY}</div></article></div>",
    "links around blocks": f"<div class=x><a href=/r><div><img src=i></div><span>{OTHERS[0]}</span>"
    f"<div>11 мая, 08:00</div></a></div>",
    "list of links": "<ul>" + "".join(f"<li><a href=/k>{o}</a></li>" for o in OTHERS) + "</ul>",
    "a paragraph of links": f"<p><em><a href=/k>{OTHERS[0]}</a></em></p>",
    "advertisement": f"<div id=div-gpt-ad-12><p>{SUMMARY}</p></div>",
    "amp": f"<amp-ad type=x><div fallback>{SUMMARY}</div></amp-ad>",
    "paywall": f"<div class='b paywallBox'><p>{SUMMARY}</p></div>",
    "shares": "<div class=article__social><a href=/f>Поделиться</a><span>Сохранить</span></div>",
}


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("after", [1, 2, 5])
def test_boxes_between_paragraphs_are_left_out(box: str, after: int) -> None:
    for around in ("<article>{}</article>", "<div><div>{}</div></div>"):
        text = shown(page(around.format(story(box, after=after))))
        assert [text.count(paragraph) for paragraph in (TITLE, *STORY)] == [1] * 6
        for other in (*OTHERS, SUMMARY, "Поделиться", "Сохранить", "Политика", "Все права"):
            assert other not in text


INSIDE = {
    "a list with links": "<ul><li><a href=/p1>Фам Минь Тинь</a> — премьер-министр</li>"
    "<li><a href=/p2>Буй Тхань Шон</a> — министр</li></ul>",
    "a sentence that is a link": "<p><a href=/d>Текст заявления опубликован на сайте.</a></p>",
    "a heading that is a link": "<h2 id=a><a href=#a>Что дальше</a></h2>",
    "a quotation with its speaker": "<blockquote><p>Мы готовы к новой странице.</p>"
    "<footer>Фам Минь Тинь, <cite>премьер-министр</cite></footer></blockquote>",
    "terms": "<dl><dt>Даклак</dt><dd>Провинция на юге с населением два миллиона.</dd></dl>",
}


@pytest.mark.parametrize("part", INSIDE.values(), ids=INSIDE)
def test_parts_of_the_article_are_kept(part: str) -> None:
    text = shown(page(f"<article>{story(part)}</article>"))
    for wanted in (TITLE, *STORY, *re.findall(r">([^<>]{3,})<", part)):
        assert wanted.strip() in text


@pytest.mark.parametrize(
    "body",
    [
        f"<div class=content-with-ads><div class=social-share-article>{story()}</div></div>",
        f"<h1>{TITLE}</h1><p class=advert>Реклама<p>{'<p>'.join(STORY)}",
        f"<div><h1>{TITLE}</h1><p>Источник: <a href=/x>ВИА<p>{'<p>'.join(STORY)}</div>",
        # the extractor takes the last section for the article
        f"<section>{story(title=f'<h2>{TITLE}</h2>')}</section><section><h2>Популярное</h2>{LINKS}"
        "</section>",
    ],
    ids=["names around all", "open paragraph", "open link", "sections"],
)
def test_an_article_is_found_in_odd_pages(body: str) -> None:
    text = shown(page(body))
    assert [text.count(paragraph) for paragraph in (TITLE, *STORY)] == [1] * 6
    for other in (*OTHERS, "Все права"):
        assert other not in text


def test_a_title_may_be_any_heading() -> None:
    for head in ("Новости", f"{TITLE} - Вести"):
        made = body_of(page(story(title=f"<h3>{TITLE}</h3><span>12 мая 2024</span>"), title=head))
        assert f"<h1>{TITLE}</h1>" in made
        assert "Вести" not in made


LISTS = {
    "list": "<ul><li>лларов США каждый год.</li><li>Ввести новые тарифы на воду.</li></ul>",
    "table": "<table><tr><td>лларов США каждый год</td><td>Порт Дананг</td></tr></table>",
    "end": "<ul><li>Построить станции за 15 млрд до</li></ul><p>лларов США каждый год.</p>",
}


@pytest.mark.parametrize("part", LISTS.values(), ids=LISTS)
def test_lines_that_the_cleaner_joins_leave_markup_in_pairs(part: str) -> None:
    before = "<p>По данным таможни, товарооборот двух стран вырос за год и превысил 1,2 млрд до</p>"
    made = body_of(page(f"<article>{story(before + part)}</article>"))
    assert "лларов США каждый год" in made
    for tag in ("ul", "li", "table", "tr", "td", "p"):
        assert len(re.findall(f"<{tag}[ >]", made)) == made.count(f"</{tag}>"), tag


def test_tables_in_tables_that_are_never_closed() -> None:
    odd = "<table><tr><td>Порт<td>Год<table><td>Хайфон<tr><td>2023<td><table>Дананг<tr>2024<td>Да"
    for part in (odd, odd.replace("<td>", "<tr><td>"), odd + "</table></table><td>Хюэ"):
        text = shown(page(f"<article>{story(part)}</article>"))
        assert [text.count(paragraph) for paragraph in STORY[:2]] == [1, 1]
        assert max(text.count(paragraph) for paragraph in STORY) == 1
    # a cell that ends another one, in rows without a table
    text = shown(f"<body><div></div><tr><td/><p>{STORY[0]}<c><tr><th></td><td><p>{STORY[1]}")
    assert [text.count(paragraph) for paragraph in STORY[:2]] == [1, 1]


def test_a_title_may_stand_in_a_box_with_buttons() -> None:
    head = f"<div class=header-share><h1>{TITLE}</h1><a href=/f>Поделиться</a></div>"
    made = body_of(page(f"<article>{story(title=head)}</article>", title=f"{TITLE} | Вести"))
    assert f"<h1>{TITLE}</h1>" in made
    assert "Поделиться" not in made


def test_relative_links_start_from_the_base_of_a_page() -> None:
    link = "<p>Об этом подробно <a href=doc/1>сказано в докладе</a>, который вышел в среду.</p>"
    html = page(f"<article>{story(link)}</article>")
    made = body_of(html.replace("<title>", "<base target=_top href='https://e.org/n/'><title>"))
    assert '<a href="https://e.org/n/doc/1">сказано в докладе</a>' in made


@pytest.mark.parametrize("tag", ["<base href='{}'>", "<link rel=canonical href='{}'>"])
def test_addresses_that_are_none_do_no_harm(tag: str) -> None:
    link = "<p>Об этом подробно <a href='http://[x'>сказано в докладе</a>, вышедшем в среду.</p>"
    html = page(f"<article>{story(link)}</article>")
    made = body_of(html.replace("<title>", f"{tag.format('http://[bad')}<title>"))
    assert "Об этом подробно сказано в докладе" in made


def test_a_list_of_articles_is_none() -> None:
    items = "".join(f"<div><h2><a href=/n>{o}</a></h2><p>{SUMMARY}</p></div>" for o in OTHERS)
    made = translation(page(f"<h1>Лента новостей</h1>{items}", title="Лента"))
    assert [warning.code for warning in made.document.warnings] == ["no_article"]
    for other in OTHERS:
        assert other in made.text


def test_tables_that_lay_out_a_page_are_none() -> None:
    text = "<br><br>".join(STORY)
    layout = f"<table><tr><td>{MENU}</td><td><h1>{TITLE}</h1><div>{text}</div></td></tr></table>"
    made = body_of(page(layout))
    assert "<td" not in made
    assert made.count("<p") == len(STORY)


def test_tables_and_lists_keep_their_form() -> None:
    table = (
        "<table><tr><th></th><th>2023</th><th>2024</th></tr><tr><td>Кофе</td><td>120</td><td>—</td>"
        "</tr><tr><td rowspan=2>Рис</td><td colspan='2'>нет данных</td></tr><tr><td></td>"
        "<td><p>Седьмой</p><p>класс</p></td></tr></table>"
    )
    numbered = "<ol><li>Построить насосные станции.</li><li>Ввести новые тарифы.</li></ol>"
    made = re.sub(r"\n", "", body_of(page(f"<article>{story(table + numbered)}</article>")))
    assert (
        "<table><tr><th></th><th>2023</th><th>2024</th></tr><tr><td>Кофе</td><td>120</td>"
        '<td>—</td></tr><tr><td rowspan="2">Рис</td><td colspan="2">нет данных</td></tr>'
        "<tr><td></td><td><p>Седьмой</p><p>класс</p></td></tr></table>"
    ) in made
    assert "<ol><li>Построить насосные станции.</li><li>Ввести новые тарифы.</li></ol>" in made

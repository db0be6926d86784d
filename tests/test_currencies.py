"""The country of a currency, said once too often."""

import pytest

from tolmach.terms.currencies import repeated_countries
from tolmach.terms.edits import edited

DOLLARS = "Товарооборот достиг 3 млрд долларов США за год."


@pytest.mark.parametrize(
    ("to", "target", "expected"),
    [
        ("vi", "Thương mại đạt 3 tỷ USD Hoa Kỳ trong năm.", "Thương mại đạt 3 tỷ USD trong năm."),
        ("vi", "Thương mại đạt 3 tỷ USD của Mỹ.", "Thương mại đạt 3 tỷ USD."),
        ("vi", "Thương mại đạt 3 tỷ đô la Mỹ.", "Thương mại đạt 3 tỷ đô la Mỹ."),
        ("vi", "Thương mại với Hoa Kỳ đạt 3 tỷ USD.", "Thương mại với Hoa Kỳ đạt 3 tỷ USD."),
        ("en", "Trade hit 3 billion USD of the United States.", "Trade hit 3 billion USD."),
        ("en", "Trade hit 3 billion USD in United States, or more.",
         "Trade hit 3 billion USD, or more."),
        ("en", "Trade hit 3 billion US USD; 2 billion USD US before.",
         "Trade hit 3 billion USD; 2 billion USD before."),
        ("en", "Trade hit 3 billion US dollars.", "Trade hit 3 billion US dollars."),
        ("en", "Trade in USD in the United States' banks.",
         "Trade in USD in the United States' banks."),
    ],
)  # fmt: skip
def test_the_country_is_left_out(to: str, target: str, expected: str) -> None:
    assert edited(target, repeated_countries(DOLLARS, target, to=to)) == expected
    again = edited(expected, repeated_countries(DOLLARS, expected, to=to))
    assert again == expected


@pytest.mark.parametrize(
    "source",
    [
        "Экспорт в США достиг 3 млрд долларов США.",
        "Американский экспорт достиг 3 млрд долларов США.",
        "Экспорт достиг 3 млрд долларов.",
        "Экспорт в США достиг 3 млрд.",
    ],
)
def test_where_the_source_speaks_of_the_country_it_stays(source: str) -> None:
    for to, target in (("en", "It hit 3 billion USD in the US."), ("vi", "Đạt 3 tỷ USD Hoa Kỳ.")):
        assert repeated_countries(source, target, to=to) == ()

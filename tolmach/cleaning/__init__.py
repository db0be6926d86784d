"""The cleaner: divides a news page into blocks and tells the article from everything else.

Pure functions over lines, without any model::

    lines.py     what a line looks like by itself        patterns.py  the words it is told by
    mending.py   which lines are one broken sentence     profiles.py  what is known about sites
    regions.py   where the article begins and ends       labels.py    the kind of each line
    article.py   the kinds inside the article           tables.py    flattened tables
    teasers.py   series of teasers                      cleaner.py   blocks, spans, actions
"""

from tolmach.cleaning.cleaner import DEFAULT_ACTIONS, clean
from tolmach.cleaning.labels import label_lines
from tolmach.cleaning.profiles import SiteProfile, detect_profile, load_profile, profiles

__all__ = [
    "DEFAULT_ACTIONS",
    "SiteProfile",
    "clean",
    "detect_profile",
    "label_lines",
    "load_profile",
    "profiles",
]

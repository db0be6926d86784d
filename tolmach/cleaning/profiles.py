"""What is known about single news sites, kept as data in ``configs/sites/*.yaml``.

A profile adds to the general rules and never replaces them. Its file::

    name: example
    hosts: [news.example]          # names by which a page of the site gives itself away
    markers: ["Example News"]      # other strings only this site has
    cut_after: ['^Join us$']       # the article ends before the first such line after it began
    patterns:                      # kind: regular expressions, searched in single lines
      nav: ['^To the media bank$']
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tolmach.document import Kind
from tolmach.errors import ConfigError, Problem

if TYPE_CHECKING:
    from tolmach.config.yamlfile import YamlFile

__all__ = ["SiteProfile", "detect_profile", "load_profile", "profiles"]

_LONGEST: Final = 400  # characters of a line that a profile's pattern may see
_ENOUGH: Final = 2  # points: one host, or two markers
_KEYS: Final = ("name", "hosts", "markers", "cut_after", "patterns")


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """The habits of one site.

    Attributes:
        name: unique name, by convention that of its file.
        hosts: host names, lower case.
        markers: other strings that give the site away, compared without case.
        cut_after: patterns of lines with which everything after the article begins.
        patterns: patterns of single lines whose kind is then certain.
    """

    name: str
    hosts: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    cut_after: tuple[re.Pattern[str], ...] = ()
    patterns: Mapping[Kind, tuple[re.Pattern[str], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def kind_of(self, line: str) -> Kind | None:
        """Return the kind that this site gives ``line``, None if the general rules decide."""
        if len(line) > _LONGEST:
            return None
        for kind, expressions in self.patterns.items():
            if any(expression.search(line) for expression in expressions):
                return kind
        return None

    def cuts(self, line: str) -> bool:
        """Say whether ``line`` begins what follows an article."""
        return len(line) <= _LONGEST and any(cut.search(line) for cut in self.cut_after)


def load_profile(path: str | Path) -> SiteProfile:
    """Read one profile.

    Args:
        path: a YAML file.

    Returns:
        The profile, its patterns compiled without regard to case.

    Raises:
        ConfigError: the file is not YAML or anything in it is wrong; all problems at once.
    """
    # Imported here because YAML is only needed by runs that use profiles.
    from tolmach.config.yamlfile import load_yaml

    source = load_yaml(Path(path))
    reader = _Reader(source)
    data = reader.mapping(source.data)
    profile = SiteProfile(
        name=reader.name(data),
        hosts=tuple(host.lower() for host in reader.strings(data.get("hosts"), "hosts")),
        markers=reader.strings(data.get("markers"), "markers"),
        cut_after=reader.expressions(data.get("cut_after"), "cut_after"),
        patterns=reader.patterns(data.get("patterns")),
    )
    if not profile.hosts and not profile.markers and not reader.problems:
        reader.complain("give at least one of hosts and markers, or no page is recognised")
    if reader.problems:
        raise ConfigError(reader.problems)
    return profile


def profiles(folder: str | Path) -> tuple[SiteProfile, ...]:
    """Read every ``*.yaml`` file of a folder.

    Args:
        folder: where the profiles lie.

    Returns:
        The profiles, ordered by file name.

    Raises:
        ConfigError: a profile is wrong or two have one name; the problems of all files at once.
    """
    problems: list[Problem] = []
    found: dict[str, SiteProfile] = {}
    for path in sorted(Path(folder).glob("*.yaml")):
        try:
            profile = load_profile(path)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        if profile.name in found:
            problems.append(Problem(f"another profile is named {profile.name!r} too", str(path)))
        found.setdefault(profile.name, profile)
    if problems:
        raise ConfigError(problems)
    return tuple(found.values())


def detect_profile(text: str, profiles: Sequence[SiteProfile]) -> SiteProfile | None:
    """Find the profile of the site that a page was copied from.

    Args:
        text: the whole page.
        profiles: the candidates.

    Returns:
        The profile with most of its hosts and markers in the text; None if no host and fewer
        than two markers are found, or if two profiles do equally well.
    """
    lowered = text.lower()
    points = [(_points(lowered, profile), profile) for profile in profiles]
    best = max((score for score, _ in points), default=0)
    winners = [profile for score, profile in points if score == best]
    return winners[0] if best >= _ENOUGH and len(winners) == 1 else None


def _points(lowered: str, profile: SiteProfile) -> int:
    hosts = sum(_mentions(lowered, host) for host in profile.hosts)
    return 2 * hosts + sum(marker.lower() in lowered for marker in profile.markers)


def _mentions(lowered: str, host: str) -> bool:
    """Say whether a host name occurs by itself and not inside a longer one."""
    return (
        re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", lowered) is not None
        or re.search(rf"(?://|www\.){re.escape(host)}(?![\w-])", lowered) is not None
    )


class _Reader:
    """Checks the values of one file and collects what is wrong with them."""

    def __init__(self, source: YamlFile) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def complain(self, message: str, *keys: str | int) -> None:
        line = self.source.line(*keys) if keys else 1
        self.problems.append(Problem(message, str(self.source.file), line))

    def mapping(self, data: Any) -> Mapping[str, Any]:
        if not isinstance(data, Mapping):
            self.complain("a site profile is a mapping with the keys " + ", ".join(_KEYS))
            return {}
        for key in data:
            if key not in _KEYS:
                self.complain(f"unknown key {key!r}; known are {', '.join(_KEYS)}", key)
        return data

    def name(self, data: Mapping[str, Any]) -> str:
        value = data.get("name")
        if isinstance(value, str) and value.strip():
            return value
        if value is None:
            self.complain("the key 'name' is missing or empty")
        else:
            self.complain("'name' must be a non-empty text", "name")
        return ""

    def strings(self, value: Any, *keys: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            self.complain(f"{keys[-1]!r} must be a list of texts", *keys)
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                self.complain(f"{keys[-1]!r} must contain non-empty texts only", *keys, index)
        return tuple(item for item in value if isinstance(item, str) and item.strip())

    def expressions(self, value: Any, *keys: str) -> tuple[re.Pattern[str], ...]:
        compiled = []
        for item in self.strings(value, *keys):
            try:
                compiled.append(re.compile(item, re.IGNORECASE))
            except re.error as error:
                self.complain(f"bad regular expression {item!r}: {error}", *keys, value.index(item))
        return tuple(compiled)

    def patterns(self, value: Any) -> Mapping[Kind, tuple[re.Pattern[str], ...]]:
        if value is not None and not isinstance(value, Mapping):
            self.complain("'patterns' must map kinds to lists of regular expressions", "patterns")
            value = None
        result = {}
        for key, expressions in (value or {}).items():
            if key not in set(Kind):
                known = ", ".join(Kind)
                self.complain(f"unknown kind {key!r}; known are {known}", "patterns", key)
            compiled = self.expressions(expressions, "patterns", key)
            if key in set(Kind):
                result[Kind(key)] = compiled
        return MappingProxyType(result)

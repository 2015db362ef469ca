"""The comments of fields."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.digest import Row
from kubedigest.configuration import Configuration
from manual.comments import field_comments
from reports.channels.settings import SlackSettings


@dataclass
class Foreign:
    """Of no package of ours."""

    name: str  # is not looked at


def test_a_comment_stands_above_or_behind() -> None:
    """Several lines above are one text."""
    said = field_comments(Row)
    assert said["cluster"] == ""
    assert said["share"] == "of all failures in the window, 0..1"
    assert said["weekday_failures"].startswith("a week, in as many watched hours: of the same")
    assert said["weekday_failures"].endswith("None where none of them is known")
    assert said["weeks"] == "that weekday_failures is the mean of, 0 to 4"


def test_the_comments_of_bases_come_first() -> None:
    """Whoever says a field again says what it is again."""
    said = field_comments(SlackSettings)
    assert said["top"] == "most rows that are shown"
    assert said["allow_http"] == "http:// is refused without it"
    assert said["type"] == ""


def test_a_comment_above_a_method_is_of_no_field() -> None:
    """The last field of the configuration has methods behind it."""
    assert set(field_comments(Configuration)) == set(Configuration.model_fields)


def test_classes_of_others_are_not_read() -> None:
    """Pydantic's own annotations are no settings."""
    assert field_comments(Foreign) == {}

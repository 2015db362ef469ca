"""docs/settings.md leaves nothing out."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest

from kubedigest.configuration import Configuration, RowLink, Templates, WatchedCluster
from kubedigest.receiver_configuration import (
    ReceiverConfiguration,
    RouteConfiguration,
    TlsConfiguration,
)
from manual.settings import settings, written
from reports.channels.settings import CHANNEL_MODELS, ChannelSettings, Part

PAGE = settings()
ROWS = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(
    "model",
    [
        Configuration,
        WatchedCluster,
        Templates,
        RowLink,
        Part,
        ChannelSettings,
        ReceiverConfiguration,
        RouteConfiguration,
        TlsConfiguration,
        *CHANNEL_MODELS.values(),
    ],
    ids=lambda model: model.__name__,
)
def test_every_key_has_a_row(model: type) -> None:
    """Whatever the type of a channel."""
    assert set(model.model_fields) <= {key for key, *_ in ROWS}


def test_every_key_is_explained() -> None:
    """By a comment above or behind the field."""
    assert [key for key, _, _, meaning in ROWS if not meaning] == []


def test_values_and_defaults_are_those_of_the_code() -> None:
    """A text, a choice, limits, a list, a truth, and what has to be given."""
    assert ROWS[0][:3] == ("database_url", "secret", "")
    assert "| `retention_days` | number from 1 to 3,650 | `90` |" in PAGE
    assert "| `meaning` | `failure`, `recovery`, `notice`, `noise` | required |" in PAGE
    assert "| `links` | list of mappings (at most 5) |  |" in PAGE
    assert "| `namespaces` | list of texts |  |" in PAGE
    assert "| `attach` | `true`, `false` | `false` |" in PAGE
    assert "| `headers` | mapping of secrets |  |" in PAGE
    assert "| `timeout_seconds` | number over 0 to 120 | `20.0` |" in PAGE


def test_no_key_stands_twice_in_one_table() -> None:
    """What all channels have is said once."""
    for table in PAGE.split("\n## ")[1:]:
        keys = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
        assert len(keys) == len(set(keys))
    assert PAGE.count("| `per_minute` |") == 1
    assert PAGE.count("| `allow_http` |") == 2  # that of wecom_app has an address of its own


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (timedelta(days=7), "7d"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
        (time(7), "07:00"),
        ("core/v1", "core/v1"),
    ],
)
def test_a_default_is_written_as_in_the_file(value: object, text: str) -> None:
    """Durations in the largest unit that has no rest."""
    assert written(value) == text

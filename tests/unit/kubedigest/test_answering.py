"""What a terminal gets that a file does not."""

from __future__ import annotations

import sys

import pytest

from kubedigest.answering import is_coloured, terminal_columns


@pytest.mark.parametrize(
    ("terminal", "settings", "coloured"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": ""}, True),  # no-color.org: where it is set and not empty
        (True, {"NO_COLOR": "0"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
    ],
)
def test_who_gets_colours(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, settings: dict[str, str], coloured: bool
) -> None:
    """Terminals that know them, unless their user does not want any."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in ({"TERM": "xterm"} | settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    assert is_coloured() is coloured


def test_how_wide_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has 80 columns, whatever the terminal beside it has."""
    monkeypatch.setenv("COLUMNS", "133")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert terminal_columns() == 80
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert terminal_columns() == 133

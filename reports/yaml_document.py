"""Plain values -> YAML that every reader reads the same, and no terminal obeys."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import yaml

from analytics.inert import is_inert

# YAML 1.1 and 1.2 differ on what else is a number: 1e3, 0o14, 1_000, 12:30:45
_SURELY_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9/._-]+")


class _Dumper(yaml.SafeDumper):
    """Writes times as text, quotes whatever could be read as something else, repeats nothing."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def yaml_text(document: object) -> str:
    r"""Return *document* as YAML.

    Parameters
    ----------
    document
        Mappings with text for keys, sequences, text, numbers, booleans, None and aware times,
        which are written as ISO 8601 with offset.

    Returns
    -------
    str
        Text is exact: what a terminal would obey or hide is written as an escape in quotes.

    Examples
    --------
    >>> print(yaml_text([{"name": "1e3", "first": None, "kind": "no"}]), end="")
    - name: "1e3"
      first: null
      kind: 'no'
    >>> print(yaml_text("a\x1b[31m\u202e"), end="")
    "a\e[31m\u202E"
    """
    text = yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf")
    )
    return "".join(map(_inert, text.removesuffix("...\n")))


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = None if _SURELY_TEXT.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _time(dumper: yaml.SafeDumper, moment: datetime) -> yaml.Node:
    return _text(dumper, moment.isoformat())


def _sequence(dumper: yaml.SafeDumper, values: tuple[object, ...]) -> yaml.Node:
    short = all(value is None or isinstance(value, int) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=short)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(datetime, _time)
_Dumper.add_representer(tuple, _sequence)


def _inert(character: str) -> str:
    """Return *character*, as an escape where it acts or hides: only quoted text has such ones."""
    if character in "\n " or is_inert(character):
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"

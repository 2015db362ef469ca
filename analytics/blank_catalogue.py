"""A catalogue without translations: where another language begins."""

from __future__ import annotations

from importlib import resources
from typing import Any

_HEADER = """Texts of the digests of kubedigest.

Set Language and Plural-Forms in the header, and write each msgstr. A value such as {number}
stays as it is and may stand anywhere; a text without a translation is shown in English.
A comment that begins with "#." says where a text stands, or for which value it stands in others."""


def blank_catalogue() -> str:
    """Return every text of a digest as a ``.po`` file without a translation."""
    import polib

    shipped = resources.files("analytics").joinpath("languages/zh.po")
    found: Any = polib.pofile(shipped.read_text(encoding="utf-8"))
    found.header = _HEADER
    found.metadata["Language"] = ""
    found.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
    for entry in found:
        entry.msgstr = ""
        entry.msgstr_plural = dict.fromkeys((0, 1), "") if entry.msgid_plural else {}
    return f"{found}\n"

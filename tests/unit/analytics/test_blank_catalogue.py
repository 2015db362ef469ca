"""A catalogue to begin with."""

from __future__ import annotations

from importlib import resources

import polib

from analytics.blank_catalogue import blank_catalogue
from analytics.language import language


def test_it_has_every_text_and_no_translation(tmp_path):
    """Those of the Chinese catalogue, which has all; each plural has two forms to fill."""
    blank = polib.pofile(blank_catalogue())
    chinese = polib.pofile(resources.files("analytics").joinpath("languages/zh.po").read_text())
    assert [entry.msgid for entry in blank] == [entry.msgid for entry in chinese]
    assert not any(entry.translated() for entry in blank)
    assert not any(any(entry.msgstr_plural.values()) for entry in blank)
    assert {len(entry.msgstr_plural) for entry in blank if entry.msgid_plural} == {2}
    assert "Chinese" not in blank.header
    path = tmp_path / "my.po"
    path.write_text(blank_catalogue(), encoding="utf-8")
    assert language(str(path)).tag == "und"
    assert not language(str(path)).texts


def test_it_can_be_translated(tmp_path):
    """One text is enough."""
    text = blank_catalogue().replace('msgid "weekend"\nmsgstr ""', 'msgid "weekend"\nmsgstr "x"')
    path = tmp_path / "my.po"
    path.write_text(text.replace('"Language: ', '"Language: pt_BR'), encoding="utf-8")
    own = language(str(path))
    assert (own.tag, dict(own.texts)) == ("pt-BR", {"weekend": "x"})

"""Tests of the JSON document."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from analytics.digest import Digest
from reports.json_document import render_json
from tests.unit.reports.digests import EVERY_DIGEST, busy, long_day, row
from tests.unit.reports.hostile import HOSTILE_TEXTS, label


def test_every_field_is_there_in_order() -> None:
    """The version comes first, then the fields of Digest as they are declared."""
    document = json.loads(render_json(busy()))
    assert list(document) == ["schema_version", *(field.name for field in fields(Digest))]
    assert document["schema_version"] == 1
    assert document["residual"] == {"rows": 7, "failures": 33}
    assert document["quality"]["silences"][0]["start"] == "2026-11-21T14:10:00+01:00"


def test_times_carry_their_offset() -> None:
    """The two quarters past two of the long day differ in nothing but the offset."""
    shown = json.loads(render_json(long_day()))["rows"][0]
    assert shown["first"] == "2026-10-25T02:15:00+02:00"
    assert shown["last"] == "2026-10-25T02:15:00+01:00"


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=label)
def test_hostile_text_is_exact_and_inert(text: str) -> None:
    """The text comes back to the last character, and a terminal shows nothing but JSON."""
    written = render_json(replace(busy(), rows=(row(message=text),)))
    assert json.loads(written)["rows"][0]["message"] == text
    assert written.replace("\n", "").isprintable()
    assert written.encode()


@pytest.mark.parametrize("digest", EVERY_DIGEST.values(), ids=EVERY_DIGEST)
def test_the_document_ends_with_a_newline(digest: Digest) -> None:
    """The file is a text file, the same each time."""
    assert render_json(digest).endswith("}\n")
    assert render_json(digest) == render_json(digest)

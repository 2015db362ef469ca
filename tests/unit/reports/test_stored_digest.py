"""A digest that was stored is the digest that was sent."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.digest import Digest
from reports.json_document import render_json
from reports.stored_digest import StoredDigestError, from_json, to_json
from tests.effort import examples
from tests.unit.reports import digests

# Kathmandu is off by a quarter, Casablanca turns its clocks twice, Monrovia had odd seconds
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Africa/Casablanca", "Africa/Monrovia")


def values(kind: Any, zone: ZoneInfo) -> st.SearchStrategy[Any]:
    """Return what a field of that type may hold."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{one.name: values(hints[one.name], zone) for one in fields(kind)})
    if kind is datetime:
        first = datetime(1900, 1, 1, tzinfo=UTC)
        spans = st.timedeltas(timedelta(0), timedelta(days=100_000))
        return spans.map(lambda span: (first + span).astimezone(zone))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return st.lists(values(inner[0], zone), max_size=2).map(tuple)
        return st.tuples(*(values(one, zone) for one in inner))
    if get_args(kind):  # a union
        return st.one_of(*(values(one, zone) for one in get_args(kind)))
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=20),
        int: st.integers(0, 2**63),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return plain[kind]


@st.composite
def some_digest(draw: st.DrawFn) -> Digest:
    """Draw a digest with anything in each of its fields, the zone excepted."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    hints = get_type_hints(Digest)
    drawn = {
        one.name: draw(values(hints[one.name], zone))
        for one in fields(Digest)
        if one.name != "timezone"
    }
    return Digest(timezone=zone.key, **drawn)


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some_digest())
def test_every_field_comes_back(digest: Digest) -> None:
    """Equal as objects, and as the document that is written from it."""
    stored = to_json(digest)
    found = from_json(stored)
    assert found == digest
    assert render_json(found) == render_json(digest)
    assert stored.isascii()
    assert "\n" not in stored


@pytest.mark.parametrize("name", digests.EVERY_DIGEST)
def test_hand_made_digests_come_back(name: str) -> None:
    """Those with hours that the clock shows twice among them."""
    digest = digests.EVERY_DIGEST[name]
    assert from_json(to_json(digest)) == digest


def test_another_layout_is_named() -> None:
    """One sentence, with both versions."""
    document = json.loads(to_json(digests.busy())) | {"schema_version": 99}
    with pytest.raises(StoredDigestError, match="layout 99"):
        from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"schema_version":1}', "[" * 100_000])
def test_what_is_damaged_is_said_to_be(text: str) -> None:
    """Nothing but one error comes out."""
    with pytest.raises(StoredDigestError):
        from_json(text)

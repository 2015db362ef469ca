"""What a text is."""

from __future__ import annotations

import io

import pytest

from collector.formats import HEAD_CHARACTERS, Peeked, detect
from tests.unit.collector.test_json_stream import Drops
from tests.unit.collector.test_kubectl_text import EVENTS, OLD, PLAIN, WIDE


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("", "json"),
        (' \n{"kind": "List"', "json"),
        ("\ufeff[{}]", "json"),
        ('Flag --x has been deprecated\n{"kind": "List"}', "json"),
        ("apiVersion: v1\nitems:\n- a: b\n", "yaml"),
        ("# a comment\n---\nkind: Event\n", "yaml"),
        ("- apiVersion: v1\n  kind: Event\n", "yaml"),
        ('"items":\n- a: b', "yaml"),
        ('2026-01-10T10:00:00Z stdout F {"kind": "Event"}', "log"),
        ('starting\n2026-01-10T10:00:00Z {"kind": "Event"}', "log"),
        ('{"log":"{}\\n","stream":"stdout","time":"x"}', "log"),
        (PLAIN, "text"),
        (EVENTS, "text"),
        (OLD, "text"),
        (WIDE, "text"),
        ("[me@host ~]# kubectl get events\n" + PLAIN, "text"),
        ('{"kind": "Event"}\n' + PLAIN, "json"),
        ("$ kubectl get events\n" + PLAIN, "text"),
        ("119s  Normal  Created  pod/web-0  Created container", "text"),
        ("No resources found in shop namespace.", "text"),
        ("hello, is it me you are looking for\n", None),
        ("Error: connection refused\n", None),
        ("a,b,c\n1,2,3\n", None),
    ],
)
def test_detect(head: str, form: str | None) -> None:
    """A look at the first lines tells, or tells that nobody can."""
    assert detect(head) == form


def test_a_look_takes_nothing_away() -> None:
    """What was looked at is still read, once."""
    text = "0123456789" * HEAD_CHARACTERS
    peeked = Peeked(Drops(text, 1000))
    assert text.startswith(peeked.head())
    assert "".join(iter(lambda: peeked.read(7), "")) == text
    assert Peeked(io.StringIO("")).head() == ""

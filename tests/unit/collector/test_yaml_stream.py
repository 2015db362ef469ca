"""Whole YAML files, item by item."""

from __future__ import annotations

import io
import tracemalloc

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from collector.json_stream import Broken, Record
from collector.yaml_stream import iterate_yaml

EVENTS = [
    {"kind": "Event", "count": n, "message": f"- a\nitems:\n- {n}: b\n\n  c", "note": "x " * 60}
    for n in range(4)
]


def outline(text: str) -> list[object]:
    """Return what each record holds, or why it cannot be read."""
    found = list(iterate_yaml(io.StringIO(text)))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    return [one.value if isinstance(one, Record) else one.reason for one in found]


def kubectl(events: list[dict[str, object]], *, indent: str = "", style: str | None = None) -> str:
    """Write a list as kubectl and sigs.k8s.io/yaml do, or with its dashes indented."""
    items = yaml.dump(events, default_style=style, width=60).splitlines(keepends=True)
    body = "".join(indent + line for line in items)
    return f"apiVersion: v1\nitems:\n{body}kind: List\nmetadata:\n  resourceVersion: ''\n"


@pytest.mark.parametrize("style", [None, "'", '"', "|"])
@pytest.mark.parametrize("indent", ["", "  "])
def test_lists(indent: str, style: str | None) -> None:
    """The items are the records, however their texts are written."""
    events: list[dict[str, object]] = [
        {"kind": f"Event{n}", "message": f"- a\nitems:\n- {n}: b\n\n  c"} for n in range(3)
    ]
    assert outline(kubectl(events, indent=indent, style=style)) == events


def test_streams_and_sequences() -> None:
    """Documents one after the other, with comments, and a bare list of events."""
    stream = "%YAML 1.1\n---\n" + "# a comment\n---\n".join(yaml.dump(one) for one in EVENTS)
    assert outline(stream + "...\n") == EVENTS
    assert outline("---\n" + yaml.dump(EVENTS)) == EVENTS
    assert outline(kubectl(EVENTS) + "---\n" + kubectl(EVENTS[:1])) == EVENTS + EVENTS[:1]
    assert outline("--- {a: 1}\n--- {b: 2}\n") == [{"a": 1}, {"b": 2}]
    assert outline("apiVersion: v1\nitems: []\nkind: List\n")[0]["items"] == []  # type: ignore[index]
    assert outline("") == outline("---\n---\n# nothing\n") == []


def test_what_the_list_says_of_its_items() -> None:
    """What stands before the items is handed on with each."""
    text = "kind: EventList\napiVersion: v1\nitems:\n- reason: a\n"
    [record] = iterate_yaml(io.StringIO(text))
    assert isinstance(record, Record)
    assert (record.list_kind, record.list_api_version, record.line) == ("EventList", "v1", 4)
    assert record.raw == "- reason: a"


def test_a_broken_item_does_not_lose_the_rest() -> None:
    """It is said with its line; those before and after it are read."""
    text = "items:\n- a: 1\n- b: 'x\n- c: [\n- d: 2\nkind: List\n"
    found = outline(text)
    assert (found[0], found[3]) == ({"a": 1}, {"d": 2})
    assert all("not valid YAML" in str(reason) for reason in found[1:3])
    assert list(iterate_yaml(io.StringIO(text)))[1].line == 3


def test_text_between_and_after() -> None:
    """What is neither an item nor a member of the list is said."""
    found = outline("items:\n- a: 1\nwhat is this\n- b: 2\n---\nkind: [\n---\nc: 3\n")
    assert (found[0], found[2], found[4]) == ({"a": 1}, {"b": 2}, {"c": 3})
    assert found[1] == "what is this"
    assert "not valid YAML" in str(found[3])


class Endless:
    """A list of many items."""

    def __init__(self, items: int, item: str) -> None:
        self._left = items
        self._item = item

    def read(self, size: int, /) -> str:
        """Return the next item."""
        self._left -= 1
        return "items:\n" if self._left == 1000 else self._item if self._left > 0 else ""


def test_memory_stays_flat() -> None:
    """2 MB of items need less than 1.5 MB; an item of 12 MB is said and not held."""
    tracemalloc.start()
    try:
        found = sum(1 for _ in iterate_yaml(Endless(101, "- a: |\n" + "   text\n" * 2500)))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == 100
    assert peak_bytes < 3 << 19
    large = "- a: 1\n- b: " + "x" * (12 << 20) + "\n- c: 2\n"
    assert outline(large) == [{"a": 1}, "the record is larger than 8 Mi characters", {"c": 2}]


@given(st.text("-: #\nitemsab'\"[]{}&*!|>\t", max_size=60))
def test_any_text_comes_to_an_end(text: str) -> None:
    """No text raises, and every record has its number."""
    for one in iterate_yaml(io.StringIO(text)):
        assert isinstance(one, Record | Broken)

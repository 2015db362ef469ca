"""Records of huge, concatenated, broken and cut JSON."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import json_stream
from collector.json_stream import Broken, Record, iterate_values


class Drops:
    """Text that arrives in pieces of a few characters."""

    def __init__(self, text: str, size: int) -> None:
        self._pieces = [text[at : at + size] for at in range(0, len(text), size)]

    def read(self, size: int, /) -> str:
        """Return the next piece."""
        return self._pieces.pop(0) if self._pieces else ""


def outline(text: str, size: int = 1 << 18) -> list[object]:
    """Return each record's value, or the reason why there is none."""
    return [
        record.value if isinstance(record, Record) else record.reason
        for record in iterate_values(Drops(text, size))
    ]


NAN = float("nan")
A, B, C = {"a": 1}, {"b": [1, 2]}, {"c": {"d": "x"}}
ITEMS = [A, B, C]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"apiVersion": "v1", "items": ITEMS, "kind": "List", "metadata": {"x": [1]}}),
        json.dumps({"kind": "EventList", "metadata": {}, "items": ITEMS}, indent=4),
        json.dumps(ITEMS),
        json.dumps(ITEMS, indent=1).replace("\n", "\r\n"),
        "\n".join(json.dumps(item) for item in ITEMS),
        "\n\n".join(json.dumps(item, indent=2) for item in ITEMS) + "\n",
        "".join(json.dumps(item) for item in ITEMS),
        "\ufeff" + json.dumps(A) + "\n" + json.dumps([B]) + "\n" + json.dumps({"items": [C]}),
        "\x1e" + json.dumps(A) + "\n\x1e" + json.dumps(B) + "\n\x1e" + json.dumps(C) + "\n",
    ],
)
def test_containers_agree(text: str, size: int) -> None:
    """Lists, arrays, lines and documents hold the same records, however they arrive."""
    assert outline(text, size) == ITEMS


def test_numbers_and_lines() -> None:
    """Records are counted through the whole input, lines from the first character."""
    text = '{"a":1}\n\n{"items":[\n{"b":2},\n\n{"c":3}],\n"kind":"x"}\n[{"d":4}]'
    found = list(iterate_values(Drops(text, 5)))
    assert [(record.number, record.line) for record in found] == [(1, 1), (2, 4), (3, 6), (4, 8)]
    assert [record.raw for record in found] == ['{"a":1}', '{"b":2}', '{"c":3}', '{"d":4}']


def test_list_says_of_what() -> None:
    """An item knows the kind that its list states before the items."""
    text = '{"kind":"EventList","apiVersion":"v1","items":[{}]}'
    assert list(iterate_values(io.StringIO(text))) == [
        Record({}, 1, 1, "{}", list_kind="EventList", list_api_version="v1")
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"kind":"PodList","items":[]}', [{"kind": "PodList", "items": []}]),
        ('{"kind":"List","items":null}', [{"kind": "List", "items": None}]),
        ('{"message":"\\"items\\" missing"}', [{"message": '"items" missing'}]),
        ("[]", []),
        ("", []),
        (" \n", []),
        ("[1, null]", [1, None]),
        ('["\\ud800", NaN, -Infinity]', ["\ud800", pytest.approx(NAN, nan_ok=True), -float("inf")]),
        ('{"a":"tab\tand\nline"}', [{"a": "tab\tand\nline"}]),
    ],
)  # fmt: skip
def test_other_documents(text: str, values: list[object]) -> None:
    """Empty lists, nulls, scalars and characters that JSON forbids."""
    assert outline(text) == values
    assert outline(text, 2) == values


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    "broken",
    [
        '{"x": nope}', '{"x": "un"quoted"}', '{"x": {"y": [1, }}', "{'x': 1}", '{"x": 1,,}',
        "nope", '{"x" 1}', '{"n": ' + "9" * 5000 + "}", '{"a": "x}',
    ],
)  # fmt: skip
def test_reading_resumes(broken: str, size: int) -> None:
    """One broken record costs itself only, in lines and in arrays."""
    lines = f'{{"a":1}}\n{broken}\n{{"a":3}}\n'
    found = list(iterate_values(Drops(lines, size)))
    assert [type(record) for record in found] == [Record, Broken, Record]
    assert [(record.number, record.line) for record in found] == [(1, 1), (2, 2), (3, 3)]
    assert found[1].raw == broken
    for text in (
        f'[{{"a":1}},{broken},{{"a":3}}]',
        f'{{"items":[{{"a":1}},\n {broken},\n {{"a":3}}]}}',
    ):
        found = list(iterate_values(Drops(text, size)))
        assert [type(record) for record in found][:2] == [Record, Broken]
        assert isinstance(found[-1], Record)
        assert found[-1].value == {"a": 3}


@pytest.mark.parametrize("indent", [None, 2])
def test_every_cut_keeps_what_was_whole(indent: int | None) -> None:
    """A list cut anywhere yields its whole items, then one Broken that says so."""
    text = json.dumps({"kind": "EventList", "items": ITEMS}, indent=indent)
    for length in range(1, len(text)):
        found = outline(text[:length], 4)
        assert found[:-1] == ITEMS[: len(found) - 1]
        assert isinstance(found[-1], str)
        assert found[-1].startswith("the input ends inside")


def test_text_between_documents() -> None:
    """Lines that are no JSON are one Broken up to the next document."""
    text = 'I0101 log\nmore log\n{"a":1}\n==== END ====\n{"a":2}'
    assert outline(text) == [json_stream.NOT_JSON, {"a": 1}, json_stream.NOT_JSON, {"a": 2}]
    assert next(iterate_values(io.StringIO(text))).raw == "I0101 log\nmore log"


def test_deep_nesting() -> None:
    """100,000 brackets are a broken record, not the end of the process."""
    assert outline("[" * 100_000) == ["the record is nested too deeply"]
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    assert outline(f"{deep}\n{{}}") == ["the record is nested too deeply", {}]
    assert outline(f"[{deep}, {{}}]") == ["the record is nested too deeply", {}]


class Endless:
    """A list of one record that is `size` characters long, and one more."""

    def __init__(self, start: str, filler: str, size: int, end: str) -> None:
        self._start, self._filler, self._left, self._end = start, filler, size, end

    def read(self, size: int, /) -> str:
        """Return the next piece."""
        if self._start:
            piece, self._start = self._start, ""
        elif self._left > 0:
            piece = self._filler * (65_536 // len(self._filler))
            self._left -= len(piece)
        else:
            piece, self._end = self._end, ""
        return piece


@pytest.mark.parametrize("filler", ["x", "\\\\", "1" * 1000 + ","])
@pytest.mark.parametrize(("start", "end"), [('[{"a":"', '"},{"b":2}]'), ('{"a":"', '"}\n{"b":2}')])
def test_too_large_record_is_skipped(start: str, end: str, filler: str) -> None:
    """A record of 12 Mi characters is Broken, memory stays bounded, the next one is read."""
    if filler.startswith("1"):
        start, end = start[:-1] + "[", "0]" + end[1:]
    tracemalloc.start()
    try:
        found = list(iterate_values(Endless(start, filler, 12 << 20, end)))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found[0], Broken)
    assert "larger than 8 Mi characters" in found[0].reason
    assert isinstance(found[-1], Record)
    assert found[-1].value == {"b": 2}
    assert peak_bytes < 120 << 20


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip
OBJECTS = st.dictionaries(st.text(max_size=5).filter(lambda key: key != "items"), VALUES)


@given(st.lists(OBJECTS, min_size=1, max_size=5), st.integers(1, 30), st.sampled_from([None, 0, 3]))
def test_whatever_was_written_is_read(values: list[object], size: int, indent: int | None) -> None:
    """Any objects, in any container, cut into any pieces, come back as they were."""
    for text in (
        json.dumps(values, indent=indent),
        json.dumps({"items": values, "kind": "List"}, indent=indent),
        "\n".join(json.dumps(value, ensure_ascii=False) for value in values),
    ):
        assert outline(text, size) == values


@given(st.text('{}[],:"\\\nabc1 ', max_size=60), st.integers(1, 9))
def test_any_text_comes_to_an_end(text: str, size: int) -> None:
    """No text raises or loops, and the numbers of its records count up from 1."""
    found = list(iterate_values(Drops(text, size)))
    assert [record.number for record in found] == list(range(1, len(found) + 1))

"""Single YAML documents as plain values."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from collector.yaml_values import YamlError, parse_yaml


def test_scalars() -> None:
    """Times and words stay texts; null, whole numbers, true and false are what JSON has."""
    text = (
        "time: 2021-08-03T09:15:24Z\nday: 2021-08-03\nnone: null\ntilde: ~\nempty:\ncount: 12\n"
        "quoted: '12'\nyes: yes\nyes2: true\nno: false\nfloat: 1e3\nhex: 0x1F\nlong: |-\n  a\n  b\n"
    )
    assert parse_yaml(text) == [
        {
            "time": "2021-08-03T09:15:24Z", "day": "2021-08-03", "none": None, "tilde": None,
            "empty": None, "count": 12, "quoted": "12", "yes": "yes", "yes2": True, "no": False,
            "float": "1e3", "hex": "0x1F", "long": "a\nb",
        }
    ]  # fmt: skip


def test_texts_that_go_writes_as_binary() -> None:
    """A text that is not UTF-8 arrives as base64."""
    assert parse_yaml("a: !!binary aGn/\nb: !!str 5") == [{"a": "hi\ufffd", "b": "5"}]


def test_odd_keys() -> None:
    """A key is a text, whatever it was written as."""
    assert parse_yaml("1: a\nnull: b\n? [x]\n: c\n") == [{"1": "a", "None": "b", "['x']": "c"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x [1]\nb: *x", "alias"),
        ("a: *x", "alias"),
        ("a: !!python/object/apply:os.system [ls]", "tag"),
        ("a: !foo x", "tag"),
        ("!!set {a}", "tag"),
        ("a: !!binary '%'", "binary"),
        ("a: b: c", "not valid YAML: mapping values are not allowed"),
        ("a: 'b", "not valid YAML"),
        ("\x01", "character"),
        ("[" * 100_000, "nested too deeply"),
        ("- " * 100_000, "nested too deeply"),
        ("{a: " * 100_000, "nested too deeply"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    """No alias, no tag, no depth; each is said in one sentence."""
    with pytest.raises(YamlError, match=reason):
        parse_yaml(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(VALUES)
def test_whatever_was_written_is_read(value: object) -> None:
    """Every value that JSON can hold comes back as it was."""

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    text = yaml.dump(value, Dumper=Dumper)
    assert parse_yaml(text) == [value]

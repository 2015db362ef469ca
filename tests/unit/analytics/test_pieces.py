"""Pieces of messages, and what they are by their own shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.pieces import PIECE, value_of


@given(st.text(max_size=500))
def test_pieces_make_the_message(text):
    """Nothing is lost between two pieces."""
    assert "".join(PIECE.findall(text)) == text


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("web-0", ("*", "web-0", True)),
        ("web-vdlfx", ("*", "web-vdlfx", True)),
        ("10.0.0.1:80", ("*", "10.0.0.1:80", True)),
        ("fd00::1", ("*", "fd00::1", True)),
        ("4m5.5s", ("*", "4m5.5s", False)),
        ("12671572Ki", ("*", "12671572Ki", False)),
        ("cpu=1,pods=2", ("*", "cpu=1,pods=2", False)),
        ("*", ("*", "*", False)),
        ('"tls"', ('"*"', "tls", True)),
        ('""', ('"*"', "", True)),
        ('\\"tls\\"', ('\\"*\\"', "tls", True)),
        ('\\"tls"', ('\\"*"', "tls", True)),
        ('"tls\\"', ('"*\\"', "tls", True)),
        ("'a'", ("'*'", "a", True)),
        ("[b, a]", ("[*]", "a b", True)),
        ("[]", ("[*]", "", True)),
        ("[{operator 4.8}]", ("*", "[{operator 4.8}]", True)),
        ("map[a:b]", ("*", "map[a:b]", True)),
        ("system:node:a", ("*", "system:node:a", True)),
        ("k8s", None),
        ("web-front", None),
        ("web-bcdfgh", None),
        ("fd00::1x", None),
        ("a'", None),
        ("memory", None),
        ('"', None),
        ("[", None),
    ],
)
def test_what_a_piece_is(piece, expected):
    """What stands for it, its value, and whether that names something."""
    assert value_of(piece) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "321da3d1-2435-4987-bdd9-cc69dd3617ba",
        "ip-10-0-1-2_321da3d1-2435-4987-bdd9-cc69dd3617ba",
        "2021-09-13T14:52:48.123Z",
        "https://10.0.0.1:6443/healthz?timeout=5s",
        "containerd://9f86d081884c",
        "nginx@sha256:9f86d081884c",
        "sha256:9f86d081884c",
        "1.5s (2s including waiting). Image size: 3 bytes",
        '{"a": {"b": [1]}}',
        '{"a": 1,\n"b": 2}',
    ],
)
def test_one_value_is_one_piece(piece):
    """Long values are not cut, and fold into a single wildcard."""
    assert PIECE.findall(f"x {piece}") == ["x", " ", piece]
    assert value_of(piece)[:2] == ("*", piece)

"""Fields of PostgreSQL's binary COPY format."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.copy_binary import NULL, TextFields, event_key, stream, text_field
from tests.binary_rows import read_rows
from tests.factories import observe


def test_a_text_is_its_size_in_bytes_and_utf8() -> None:
    """Two Chinese characters are six bytes; an empty text is a text of none."""
    assert text_field("中文") == b"\0\0\0\x06" + "中文".encode()
    assert text_field("") == b"\0\0\0\0"


def test_repeated_texts_are_encoded_once() -> None:
    """The second look-up gives the first one's bytes; an empty text can be set to null."""
    fields = TextFields({"": NULL})
    assert fields["a"] is fields["a"]
    assert fields["a"] == b"\0\0\0\x01a"
    assert fields[""] == b"\xff\xff\xff\xff"


def test_times_are_microseconds_since_the_year_2000() -> None:
    """A second and a microsecond into 2000 is 1,000,001; the year 1 lies before."""
    near = event_key(observe(birth=datetime(2000, 1, 1, 0, 0, 1, 1, tzinfo=UTC)))
    far = event_key(observe(birth=datetime(1, 1, 1, tzinfo=UTC)))
    assert int.from_bytes(near[4:12], "big") == 1_000_001
    assert int.from_bytes(far[4:12], "big", signed=True) == -730_119 * 86_400_000_000


def test_the_id_tells_cluster_namespace_and_name_apart() -> None:
    """Moving a letter from one text to the next gives another id; the same texts give the same."""
    keys = {
        event_key(observe(cluster=cluster, namespace=namespace, name=name))[-16:]
        for cluster, namespace, name in [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd")]
    }
    assert len(keys) == 3
    assert event_key(observe(cumulative=1)) == event_key(observe(cumulative=2))


def test_a_stream_without_rows_is_whole() -> None:
    """No rows are a header and an end."""
    assert read_rows(stream([])) == []

"""Names in sentences."""

from analytics.names import short_name


def test_names_are_inert_and_short():
    """What hides is spelt out; 63 characters are kept."""
    assert short_name("a\u202eb") == "a‹U+202E›b"
    assert short_name("x" * 63) == "x" * 63
    assert short_name("x" * 64) == "x" * 62 + "…"

"""Names in sentences."""

from analytics.names import short_name


def test_names_are_inert_and_short():
    """What hides is spelt out; 63 characters are kept."""
    assert short_name("a\u202eb") == "a‹U+202E›b"
    assert short_name("x" * 63) == "x" * 63
    assert short_name("x" * 64) == "x" * 62 + "…"
    assert short_name("\u202e" * 63) == ("‹U+202E›" * 8)[:62] + "…"


def test_a_name_that_was_cut_says_so():
    """Also where the cut falls on a space, which is not printed at the end of other alphabets."""
    assert short_name("é" * 63 + " y") == "é" * 62 + "…"

"""A link leads where the configuration says, whatever a row is called."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.links import FIELDS, LinkTemplate, checked_address, links_of
from tests.unit.reports.digests import row
from tests.unit.reports.hostile import HOSTILE_TEXTS

START, END = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)


def address(url, **named):
    """Return the address of a row that differs from the usual one."""
    [link] = links_of(row(**named), (LinkTemplate(title="Logs", url=url),), START, END)
    return link.url


def test_the_fields_are_filled_in():
    """Names, and the window in milliseconds since 1970."""
    url = "https://g.example/d/x?ns={namespace}&on={kind}/{name}&why={reason}&c={cluster}"
    assert address(url, name="a b") == (
        "https://g.example/d/x?ns=shop&on=Deployment/a%20b&why=BackOff&c=prod-eu"
    )
    assert address("http://h/{start_ms}-{end_ms}") == "http://h/1795219200000-1795305600000"


def test_doubled_braces_are_meant():
    """As in the JSON that some dashboards take."""
    assert address('https://h/?q={{"ns":"{namespace}"}}') == 'https://h/?q={"ns":"shop"}'


@given(st.text(max_size=40) | st.sampled_from(HOSTILE_TEXTS))
def test_a_name_stays_in_its_place(name):
    """No name can end a parameter, leave the path, or name another host."""
    url = address("https://h.example/{name}?a={name}&b=2", name=name)
    assert url.isascii()
    assert not set(url) & set("<>\"' \n\\`")
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "h.example", "")
    expected = name.encode("utf-8", errors="replace").decode()
    assert parse_qs(parts.query, keep_blank_values=True) == {"a": [expected], "b": ["2"]}


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("javascript:alert(1)", "starts with http"),
        ("ftp://h/x", "starts with http"),
        ("{name}://h/", "starts with http"),
        ("", "starts with http"),
        ("https://h/{pod}", "unknown field {pod}; fields: cluster, namespace"),
        ("https://h/{0}", "unknown field {0}"),
        ("https://h/{}", "unknown field {}"),
        ("https://h/{name.x}", "unknown field {name.x}"),
        ("https://h/{name!r}", "unknown field {name}"),
        ("https://h/{name:>99999}", "unknown field {name}"),
        ("https://h/{name", "brace without its partner"),
        ("https://h/}", "brace without its partner"),
        ("https://{namespace}.example.com/", "host without fields"),
        ("https:///x", "host without fields"),
        ("https://[::1/x", "host"),
        ("https://me:secret@h/", "no user name or password"),
        ("https://h/a b", "without spaces"),
        ("https://h/\n", "without spaces"),
        ("https://h/" + "x" * 2_000, "up to 2,000 characters"),
    ],
)
def test_a_wrong_address_is_told_in_a_sentence(url, complaint):
    """What is wrong, and never the address itself, which may hold a secret."""
    with pytest.raises(ValueError, match=r"^(takes|has) ") as caught:
        checked_address(url)
    assert complaint in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_field_is_one_that_is_filled_in():
    """No address that passes can fail later."""
    url = "https://h/" + "".join(f"{{{name}}}" for name in FIELDS)
    assert "{" not in address(checked_address(url))

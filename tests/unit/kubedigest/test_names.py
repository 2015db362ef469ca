"""Which names can be, and which cannot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubedigest.errors import UsageError
from kubedigest.names import checked, cluster_name, namespace_name, some_text, text_or_none


@pytest.mark.parametrize("name", ["a", "0", "kube-system", "a" * 63])
def test_labels_are_namespaces(name: str) -> None:
    """RFC 1123: up to 63 of lower-case letters, digits and hyphens."""
    assert namespace_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", "Bad", "a/b", "a_b", "-a", "a-", "a" * 64, "a\n", "\udcff", "à"]
)
def test_what_no_namespace_is_called(name: str) -> None:
    """Above all not "", which would be all of them."""
    with pytest.raises(ValueError, match="is no namespace: up to 63 of a-z"):
        namespace_name(name)


@pytest.mark.parametrize("rule", [cluster_name, some_text])
@pytest.mark.parametrize("value", ["", "  ", "a\x1b[2J", "\udcff", "a\n"])
def test_names_can_be_read(rule: Callable[[str], str], value: str) -> None:
    """Nothing, blanks, control characters and half characters are refused."""
    with pytest.raises(ValueError, match="printable characters"):
        rule(value)


def test_names_have_an_end() -> None:
    """A cluster's name may be as long as a name in Kubernetes."""
    assert cluster_name("ü" * 253) == "ü" * 253
    with pytest.raises(ValueError, match="1 to 253"):
        cluster_name("x" * 254)


def test_an_optional_text_may_be_empty() -> None:
    """Anything else has to be readable."""
    assert (text_or_none(""), text_or_none("type=Warning")) == ("", "type=Warning")
    with pytest.raises(ValueError, match="printable"):
        text_or_none("\t")


def test_the_option_is_named() -> None:
    """As a person at a terminal needs it."""
    assert checked("--cluster", "lab", cluster_name) == "lab"
    with pytest.raises(UsageError, match=r"^--cluster takes 1 to 253 printable characters$"):
        checked("--cluster", "", cluster_name)

"""Which addresses a chat may have."""

from __future__ import annotations

import socket

import pytest

from reports.addresses import is_public, resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104 - nothing listens there
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    """Private addresses are not public."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Addresses of the internet are public."""
    assert is_public(address)


@pytest.mark.parametrize("spelling", ["127.1", "0x7f000001", "2130706433", "127.0.0.1"])
def test_odd_spellings_resolve_to_what_they_mean(spelling: str) -> None:
    """Odd spellings resolve to what they mean."""
    assert [address[0] for _, address in resolve(spelling, 80, 5.0)] == ["127.0.0.1"]


def test_a_name_without_an_address_is_an_error() -> None:
    """A name without an address is an error."""
    with pytest.raises(socket.gaierror):
        resolve("no-such-chat.invalid", 443, 5.0)


def test_a_name_that_cannot_be_one_is_an_error() -> None:
    """A name that cannot be one is an error."""
    with pytest.raises(socket.gaierror):
        resolve("a" * 300, 443, 5.0)


def test_a_resolver_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that hangs is left alone."""
    import threading

    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and [])
    with pytest.raises(TimeoutError):
        resolve("chat.example", 443, 0.05)
    released.set()

"""What a host's name says by itself, before any look-up: an address, or this machine."""

import ipaddress
import socket
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

TRANSLATED = [ipaddress.ip_network(network) for network in ("64:ff9b::/96", "::ffff:0:0:0/96")]
"""Addresses of networks without IPv4, which end with an IPv4 address (RFC 6052, RFC 7915)."""


def is_local(host: str) -> bool:
    """Return whether a host is this machine: ``localhost``, or a loopback address in any form.

    ``0.0.0.0`` and ``::`` lead here too: servers name them as the address at which they listen.
    """
    found = literal(host)
    address = found and (embedded(found) or found)
    return address is not None and (address.is_loopback or address.is_unspecified)


def literal(host: str) -> Address | None:
    """Return the address that a host's name is, in any form that the resolver reads."""
    try:
        host = host.encode("idna").decode("ascii").rstrip(".")  # the resolver does the same
    except UnicodeError:
        return None
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))  # "127.1", "0x7f000001"
    except OSError:
        return None


def embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to."""
    if address.version == 4:  # noqa: PLR2004 - the version of IP
        return None
    if any(address in network for network in TRANSLATED):
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped

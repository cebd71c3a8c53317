"""Where a request came from: what X-Forwarded-For, -Proto and -Host say is believed of TRUSTED_PROXIES and nobody else."""

from __future__ import annotations

import logging
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from clickstream.web.request import Request

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address
FOR, PROTO, HOST = HEADERS = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")
_PASSED_ON = frozenset(("forwarded", "via", "x-real-ip"))
_WITH_PORT = re.compile(r"\[(?P<six>[0-9A-Fa-f:.]+)\](:\d+)?|(?P<four>[0-9.]+):\d+")


class Proxies:
    """`networks` as the setting has them: addresses and CIDR ranges, with commas between."""

    def __init__(self, networks: str) -> None:
        self._networks = [ip_network(network.strip()) for network in networks.split(",") if network.strip()]
        self._warned = False

    def reveal(self, request: Request) -> None:
        """Put client, scheme and host as a trusted proxy saw them in the place of its own; forget what others claim."""
        told = {name: request.headers[name] for name in HEADERS if name in request.headers}
        request.forwarded = bool(told) or not _PASSED_ON.isdisjoint(request.headers)
        if not told:
            return
        headers = {name: value for name, value in request.headers.items() if name not in told}
        if self._trusts(_address(request.client)):
            request.client = self._client(request.client, told.get(FOR, ""))
            request.secure = request.secure or told.get(PROTO, "").rpartition(",")[2].strip().lower() == "https"
            if host := told.get(HOST, "").rpartition(",")[2].strip():
                headers["host"] = host
        elif not self._warned:
            self._warned = True
            logger.warning("%s sends X-Forwarded headers and is not among TRUSTED_PROXIES: ignored", request.client)
        request.headers = headers

    def _client(self, peer: str, forwarded_for: str) -> str:
        """The last one in the chain whom no trusted proxy vouches for as another of ours."""
        client = peer
        for text in reversed(forwarded_for.split(",")):
            address = _address(text)
            if address is None:
                break
            client = str(address)
            if not self._trusts(address):
                break
        return client

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> Address | None:
    """The address as it stands in such a list, also with a port; None for anything else."""
    text = text.strip()
    if parts := _WITH_PORT.fullmatch(text):
        text = parts["six"] or parts["four"]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

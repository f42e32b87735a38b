"""Reads what decides of an X.509 certificate out of its DER form, which the standard library doesn't.

An IP address counts only where it stands as one (`iPAddress`): since 3.6.0 GnuTLS takes none among the DNS
names, nor as the common name (`gnutls_x509_crt_check_hostname2`).

Nothing is believed because it is read here: whether the chain holds is OpenSSL's to say.
"""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from godwit.domain.road import Certificate, is_ip_address

_UTC_TIME = 0x17
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_COMMON_NAME = bytes.fromhex("550403")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_TEXTS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
"""By tag: UTF8String, PrintableString, T61String, IA5String, BMPString."""


class NoCertificateError(ValueError):
    """The bytes are no certificate."""


class _Element(NamedTuple):
    tag: int
    content: bytes


def read(der: bytes) -> Certificate:
    """Of one certificate; raises `NoCertificateError`."""
    try:
        return _read(der)
    except (IndexError, ValueError) as problem:
        raise NoCertificateError(f"it can't be read as a certificate: {problem}") from problem


def _read(der: bytes) -> Certificate:
    [whole] = _elements(der)
    signed = _first(whole.content)
    fields = [field for field in _elements(signed.content) if field.tag != _VERSION]
    _serial, _algorithm, issuer, validity, subject = fields[:5]
    begins, ends = (_time(each) for each in _elements(validity.content))
    dns, addresses = _alternative_names(fields[5:])
    common = _common_name(subject)
    # GnuTLS falls back to the common name where there is no DNS name.
    called = dns or ([common] if common else [])
    return Certificate(
        subject=common,
        issuer=_common_name(issuer),
        names=(*(name for name in called if not is_ip_address(name)), *addresses),
        not_before=begins,
        not_after=ends,
    )


def _elements(data: bytes) -> Iterator[_Element]:
    at = 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start], "big")
        if start + length > len(data):
            raise ValueError("it is cut off")
        yield _Element(tag, data[start : start + length])
        at = start + length


def _first(data: bytes) -> _Element:
    for element in _elements(data):
        return element
    raise ValueError("something is missing in it")


def _common_name(name: _Element) -> str:
    for group in _elements(name.content):
        for pair in _elements(group.content):
            kind, value = _elements(pair.content)
            if kind.content == _COMMON_NAME:
                return value.content.decode(_TEXTS.get(value.tag, "latin-1"), "replace")
    return ""


def _time(element: _Element) -> datetime:
    """Two digits of a year are of 1950 to 2049."""
    text = element.content.decode("ascii")
    if element.tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _alternative_names(fields: list[_Element]) -> tuple[list[str], list[str]]:
    """DNS names, and IP addresses."""
    dns, addresses = [], []
    for name in _subject_alternatives(fields):
        if name.tag == _DNS_NAME:
            dns.append(name.content.decode("ascii", "replace"))
        elif name.tag == _IP_ADDRESS:
            addresses.append(str(ipaddress.ip_address(name.content)))
    return dns, addresses


def _subject_alternatives(fields: list[_Element]) -> Iterator[_Element]:
    for field in fields:
        if field.tag != _EXTENSIONS:
            continue
        for extension in _elements(_first(field.content).content):
            kind, *rest = _elements(extension.content)
            if kind.content == _ALTERNATIVE_NAMES:
                yield from _elements(_first(rest[-1].content).content)

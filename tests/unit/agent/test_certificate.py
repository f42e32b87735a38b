import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from godwit.agent.certificate import NoCertificateError, read
from godwit.domain.road import Certificate

from .authorities import Pair, authority, issued


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return authority(tmp_path_factory.mktemp("pki"), "ours")


def der(path: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def of(ours: Pair, name: str, extensions: str = "", subject: str = "") -> Certificate:
    return read(der(issued(ours, name, extensions, subject=subject).certificate))


def test_names_and_dates_are_read(ours: Pair) -> None:
    found = of(ours, "host1", "subjectAltName=DNS:host1,IP:10.0.0.1,IP:fd00::1,email:a@b.c\n")
    assert (found.subject, found.issuer) == ("host1", "ours")
    assert found.names == ("host1", "10.0.0.1", "fd00::1")
    assert timedelta(days=99) < found.not_after - datetime.now(UTC) < timedelta(days=101)
    assert found.not_after - found.not_before == timedelta(days=100)


def test_the_common_name_counts_where_there_is_no_dns_name(ours: Pair) -> None:
    assert of(ours, "old").names == ("old",)
    assert of(ours, "number", "subjectAltName=IP:10.0.0.1\n").names == ("number", "10.0.0.1")
    assert of(ours, "other", "subjectAltName=DNS:another\n").names == ("another",)


def test_an_ip_address_counts_only_where_it_stands_as_one(ours: Pair) -> None:
    assert of(ours, "10.0.0.7", "subjectAltName=email:a@b.c\n").names == ()
    assert of(ours, "host1", "subjectAltName=DNS:10.0.0.7,DNS:host1\n").names == ("host1",)
    assert of(ours, "host1", "subjectAltName=DNS:host1,IP:10.0.0.7\n").names == ("host1", "10.0.0.7")


def test_one_without_a_common_name_is_read(ours: Pair) -> None:
    found = of(ours, "nameless", subject="/O=Somebody")
    assert (found.subject, found.names) == ("", ())


def test_a_name_in_another_alphabet_is_read(ours: Pair) -> None:
    found = issued(ours, "utf8", subject="/CN=hôte")
    assert "te" in read(der(found.certificate)).subject


def test_a_year_of_four_digits_is_read(ours: Pair) -> None:
    far = issued(ours, "far", days=36500)
    assert read(der(far.certificate)).not_after.year > 2100


def test_whatever_is_no_certificate_is_refused_and_nothing_worse(ours: Pair) -> None:
    whole = der(issued(ours, "cut", "subjectAltName=DNS:cut,IP:10.0.0.1\n").certificate)
    for length in range(len(whole)):
        with pytest.raises(NoCertificateError):
            read(whole[:length])
    for at in range(0, len(whole), 3):
        spoiled = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            read(spoiled)
        except NoCertificateError:
            continue

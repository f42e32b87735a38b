"""A certificate that libvirt would stumble over in the middle of a migration is named before."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ..bad.scene import Scene
from .road import HERE, THERE, of, verdicts, wrong

pytestmark = pytest.mark.e2e


@contextmanager
def showing(scene: Scene, host: str, kind: str, of: str = "libvirt") -> Iterator[None]:
    scene.lab.run("host", "certificate", host, kind, "--of", of)
    try:
        yield
    finally:
        scene.lab.run("host", "certificate", host, "right")


def test_one_that_has_ended_is_named_with_its_date(scene: Scene, guest: str) -> None:
    with showing(scene, THERE, "expired"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"TLS": "Fail"}
    told = of(found, "TLS")
    assert told["host"] == THERE
    assert f"the certificate of libvirtd on {THERE} ended at 20" in told["message"]
    assert f"renew /etc/pki/libvirt/servercert.pem of {THERE}" in told["remedy"]


def test_one_for_another_name_is_named_with_both_names(scene: Scene, guest: str) -> None:
    with showing(scene, THERE, "other-name"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"TLS": "Fail"}
    assert f"the certificate of libvirtd on {THERE} is for somebody-else" in of(found, "TLS")["message"]
    assert "subjectAltName" in of(found, "TLS")["remedy"]


def test_one_of_a_stranger_is_named_with_who_has_signed_it(scene: Scene, guest: str) -> None:
    with showing(scene, THERE, "stranger"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"TLS": "Fail"}
    assert (
        f"{HERE} does not trust the certificate of libvirtd on {THERE}, by stranger"
        in (of(found, "TLS")["message"])
    )


def test_one_that_ends_today_is_a_warning_and_too_short_for_a_long_timeout(scene: Scene, guest: str) -> None:
    with showing(scene, THERE, "ends-today"):
        short = verdicts(scene, guest, tuning={"timeout": "1h"})
        long = verdicts(scene, guest, tuning={"timeout": "30h"})
    assert wrong(short) == {"TLS": "Warn"}
    assert "within a day" in of(short, "TLS")["message"]
    assert wrong(long) == {"TLS": "Fail"}
    assert "before tuning.timeout (30h00m) is over" in of(long, "TLS")["message"]


def test_the_sources_own_is_looked_at_too(scene: Scene, guest: str) -> None:
    with showing(scene, HERE, "expired"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"ClientCertificate": "Fail"}
    told = of(found, "ClientCertificate")
    assert told["host"] == HERE
    assert f"the client certificate {HERE} of {HERE} ended at 20" in told["message"]


@pytest.mark.parametrize(("host", "end"), [(HERE, "client"), (THERE, "server")])
def test_what_qemu_shows_is_looked_at_on_either_host(scene: Scene, guest: str, host: str, end: str) -> None:
    with showing(scene, host, "expired", of="qemu"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"QEMUCertificates": "Fail"}
    [told] = [each for each in found if each["name"] == "QEMUCertificates" and each["result"] == "Fail"]
    assert told["host"] == host
    assert f"the {end} certificate of QEMU on {host} ended at 20" in told["message"]
    assert f"renew /etc/pki/qemu/{end}-cert.pem of {host}" in told["remedy"]


def test_what_qemu_of_the_destination_shows_has_to_be_for_its_address(scene: Scene, guest: str) -> None:
    with showing(scene, THERE, "other-name", of="qemu"):
        found = verdicts(scene, guest)
    assert wrong(found) == {"QEMUCertificates": "Fail"}
    [told] = [each for each in found if each["name"] == "QEMUCertificates" and each["result"] == "Fail"]
    assert f"the server certificate of QEMU on {THERE} is for somebody-else" in told["message"]

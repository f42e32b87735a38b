"""What QEMU on both hosts shows of itself is in its dates, and the destination's is for its address.

The guest's memory and its copied disks go through TLS of QEMU's own, with certificates of its own
(`default_tls_x509_cert_dir`): where one is not good, the migration ends when both hosts are prepared. Each is
seen as a file on its own host and by that host's clock, never with its key.
"""

from typing import NamedTuple

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.lifetime import flaw, when
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.qemu_certificate import QEMUCertificate
from godwit.domain.road import MOST_NAMES, Answer, Certificate, is_named

NAME = "QEMUCertificates"


class _End(NamedTuple):
    host: str
    kind: str
    seen: QEMUCertificate | None
    address: str = ""
    """That QEMU of the other host calls it by."""

    @property
    def file(self) -> str:
        return f"/etc/pki/qemu/{self.kind}-cert.pem"

    @property
    def what(self) -> str:
        return f"the {self.kind} certificate of QEMU on {self.host}"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per host; a warning where its agent can't see the file."""
    source, destination, road = facts.source, facts.destination, facts.road
    # An address at which nobody answers is what is wrong then, and told by Reachable.
    address = destination.migration_address if road and road.answer is Answer.OPEN else ""
    ends = (
        _End(source.name, "client", facts.qemu_client),
        _End(destination.name, "server", facts.qemu_server, address),
    )
    return tuple(_verdict(end, facts.timeout_seconds) for end in ends)


def _verdict(end: _End, timeout_seconds: int | None) -> Check:
    if end.seen is None:
        message = f"whether {end.what} is good is not known: the agent on {end.host} has not told of it"
        return Check(NAME, CheckResult.WARN, end.host, message, f"upgrade the agent on {end.host}")
    certificate = end.seen.own.certificate
    if certificate is None:
        message = f"whether {end.what} is good is not known: {end.seen.own.why}"
        remedy = (
            f"set agent.pki.qemu{end.kind.title()}CertificateFile of the chart (QEMU's own place is "
            f"{end.file}); restart the agent's pod where the file was replaced"
        )
        return Check(NAME, CheckResult.WARN, end.host, message, remedy)
    if found := flaw(certificate, end.seen.at, timeout_seconds):
        remedy = f"renew {end.file} of {end.host} (QEMU reads it for each migration), and see its clock"
        return Check(NAME, found.result, end.host, f"{end.what} {found.text}", remedy)
    if end.address and _is_for_others(certificate, end.address):
        message = (
            f"{end.what} is for {', '.join(certificate.names) or 'nobody'}, and not for {end.address}, "
            "which it is called by"
        )
        remedy = f"make a {end.file} with {end.address} in its subjectAltName for {end.host}"
        return Check(NAME, CheckResult.FAIL, end.host, message, remedy)
    return Check(NAME, CheckResult.PASS, end.host, f"good until {when(certificate.not_after)}")


def _is_for_others(certificate: Certificate, address: str) -> bool:
    """Of a very long list of names only the first are told: the right one may be among the others."""
    return len(certificate.names) < MOST_NAMES and not is_named(certificate.names, address)


RULE = Rule(
    NAME,
    check,
    remedy="Give the hosts' QEMU certificates of the hosts' authority, in their dates, for the address.",
    tested="tests/e2e/preflight/test_tls.py",
    unproven=(
        "that either QEMU trusts who has signed the other's; that a certificate with more than 15 names is "
        "for the address; that qemu.conf names no other directory than the chart does"
    ),
    live=True,
)

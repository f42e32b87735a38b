"""The certificate of the destination's libvirtd is for its address, in its dates, and trusted by the source.

libvirt knows no way around: the migration would end with "authentication failed" when both hosts are
prepared. The source's agent makes the handshake that its libvirtd will make, and takes the certificate as
that will: by /etc/pki/CA/cacert.pem of its host, and by its host's clock.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.lifetime import flaw, when
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import Answer, Road, Shown, Trust, uri_host

NAME = "TLS"
CERTIFICATE = "/etc/pki/libvirt/servercert.pem"
AUTHORITIES = "/etc/pki/CA/cacert.pem"
SHOW = "set agent.pki.caFile of the chart (libvirt's own place is /etc/pki/CA/cacert.pem)"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict for each thing that is wrong."""
    source, host, road = facts.source.name, facts.destination.name, facts.road
    if not facts.destination.migration_address:
        return (Check(NAME, CheckResult.NOT_APPLICABLE, host, f"{host} has no address for migrations"),)
    if road is None or road.answer is not Answer.OPEN:
        message = f"what libvirtd on {host} shows was not seen from {source}: see Reachable"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, "mend what Reachable says first"),)
    if road.shown is None:
        message = f"libvirtd on {host} makes no TLS handshake with {source}: {road.message}"
        remedy = (
            f"see the log of libvirtd on {host} (`journalctl -u libvirtd -u virtproxyd`), and by `virsh -c "
            f"qemu+tls://{uri_host(road.address)}/system uri` on {source} that libvirt gets through"
        )
        return (Check(NAME, CheckResult.FAIL, host, message, remedy),)
    found = (
        *_name(host, source, road, road.shown),
        *_chain(host, source, road.shown),
        *_dates(facts, road.shown),
    )
    return found or (Check(NAME, CheckResult.PASS, host, _good(road.shown)),)


def _good(shown: Shown) -> str:
    return f"{_what(shown)}, good until {when(shown.certificate.not_after)}"


def _what(shown: Shown) -> str:
    certificate = shown.certificate
    return f"the certificate {certificate.subject or 'without a name'} by {certificate.issuer or 'nobody'}"


def _name(host: str, source: str, road: Road, shown: Shown) -> tuple[Check, ...]:
    if shown.named:
        return ()
    names = ", ".join(shown.certificate.names) or "nobody"
    message = (
        f"the certificate of libvirtd on {host} is for {names}, and not for {road.address}, by which "
        f"{source} calls it"
    )
    remedy = (
        f"make a {CERTIFICATE} with {road.address} in its subjectAltName for {host} and restart libvirtd "
        f"there, or set spec.migrationAddress of Hypervisor {host} to one of the certificate's names"
    )
    return (Check(NAME, CheckResult.FAIL, host, message, remedy),)


def _chain(host: str, source: str, shown: Shown) -> tuple[Check, ...]:
    what = f"the certificate of libvirtd on {host}, by {shown.certificate.issuer or 'nobody'}"
    match shown.trust:
        case Trust.TRUSTED:
            return ()
        case Trust.NOT_SEEN:
            message = f"whether {source} trusts {what}, is not known: {shown.why}"
            remedy = f"{SHOW}; restart the agent's pod where the file was replaced"
            return (Check(NAME, CheckResult.WARN, source, message, remedy),)
        case Trust.DOUBTFUL:
            message = f"OpenSSL on {source} does not take {what}, but libvirt may: {shown.why}"
            remedy = f"give {host} another {CERTIFICATE}, good for a TLS server"
            return (Check(NAME, CheckResult.WARN, host, message, remedy),)
    message = f"{source} does not trust {what}: {shown.why}"
    remedy = (
        f"give {host} a {CERTIFICATE} of the authority in {AUTHORITIES} of {source}, or add that of {host} "
        "there; restart libvirtd where a file has changed"
    )
    return (Check(NAME, CheckResult.FAIL, host, message, remedy),)


def _dates(facts: PreflightFacts, shown: Shown) -> tuple[Check, ...]:
    host = facts.destination.name
    remedy = f"renew {CERTIFICATE} of {host} and restart libvirtd there; see the clocks of both hosts"
    if facts.outlook and (found := flaw(shown.certificate, facts.outlook.at, facts.timeout_seconds)):
        message = f"the certificate of libvirtd on {host} {found.text}"
        return (Check(NAME, found.result, host, message, remedy),)
    if shown.ends_above:
        message = f"an authority of the certificate of libvirtd on {host} is out of its dates: {shown.why}"
        remedy = f"renew the authority in {AUTHORITIES} of all hosts, and restart libvirtd there"
        return (Check(NAME, CheckResult.FAIL, host, message, remedy),)
    return ()


RULE = Rule(
    NAME,
    check,
    remedy="Give the destination a certificate of the hosts' authority, for its address, in its dates.",
    tested="tests/e2e/preflight/test_tls.py",
    unproven=(
        "that the destination takes the source's certificate, which goes with a key that the agent must not "
        "have. Each look leaves a line in the log of the destination's libvirtd"
    ),
    live=True,
)

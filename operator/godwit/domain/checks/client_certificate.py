"""What the source's libvirtd shows of itself to the destination's is in its dates.

Seen as a file on the source's host (/etc/pki/libvirt/clientcert.pem), never with its key. The destination
refuses one that has ended: "authentication failed", when both hosts are prepared.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.lifetime import flaw, when
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult

NAME = "ClientCertificate"
CERTIFICATE = "/etc/pki/libvirt/clientcert.pem"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Warns where the agent can't see it."""
    host, outlook = facts.source.name, facts.outlook
    if outlook is None:
        message = f"the agent on {host} did not look at it: see Reachable"
        return (Check(NAME, CheckResult.NOT_APPLICABLE, host, message),)
    certificate = outlook.own.certificate
    if certificate is None:
        message = f"until when the client certificate of {host} is good is not known: {outlook.own.why}"
        remedy = (
            f"set agent.pki.clientCertificateFile of the chart (libvirt's own place is {CERTIFICATE}); "
            "restart the agent's pod where the file was replaced"
        )
        return (Check(NAME, CheckResult.WARN, host, message, remedy),)
    found = flaw(certificate, outlook.at, facts.timeout_seconds)
    if found is None:
        return (Check(NAME, CheckResult.PASS, host, f"good until {when(certificate.not_after)}"),)
    message = f"the client certificate {certificate.subject} of {host} {found.text}"
    remedy = f"renew {CERTIFICATE} of {host} (libvirt reads it for each connection), and see its clock"
    return (Check(NAME, found.result, host, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Renew the source's client certificate.",
    tested="tests/e2e/preflight/test_tls.py",
    unproven="that the destination trusts who signed it, or lets its name in (`tls_allowed_dn_list`)",
)

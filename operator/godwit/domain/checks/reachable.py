"""The source's host reaches the destination's libvirtd at its migration address.

The source's agent, which shares its host's network, connects to libvirtd's TLS port there as libvirt itself
will do. Otherwise a migration ends with "unable to connect to server" when both hosts are prepared.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import LIBVIRT_PORT, Answer, Road

NAME = "Reachable"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with how the connection failed."""
    source, host, road = facts.source.name, facts.destination.name, facts.road
    address = facts.destination.migration_address
    if not address:
        return (Check(NAME, CheckResult.NOT_APPLICABLE, host, f"{host} has no address for migrations"),)
    if road is None:
        message = (
            f"whether {source} reaches libvirtd on {host} is not known: its agent did not look at {address}"
        )
        remedy = f"create a new VMMigration; see that the agent on {source} is as new as the operator"
        return (Check(NAME, CheckResult.NOT_RUN, host, message, remedy),)
    where = f"libvirtd on {host}, {address} port {LIBVIRT_PORT}"
    if road.answer is Answer.OPEN:
        return (Check(NAME, CheckResult.PASS, host, f"{source} reaches {where}"),)
    message = f"{source} does not reach {where}: {_WORDS[road.answer]} ({road.message})"
    return (Check(NAME, CheckResult.FAIL, host, message, _remedy(source, host, road)),)


_WORDS = {
    Answer.REFUSED: "the connection is refused",
    Answer.SILENT: "nobody answers",
    Answer.UNREACHABLE: "there is no way",
    Answer.UNKNOWN_NAME: "the name has no address",
}


def _remedy(source: str, host: str, road: Road) -> str:
    own = f"see by `ip address` that {road.address} is an address of {host}"
    match road.answer:
        case Answer.REFUSED:
            return (
                f"let libvirtd listen: `systemctl enable --now libvirtd-tls.socket` on {host} (with the "
                "modular daemons virtproxyd-tls.socket); where it does, a firewall refuses TCP port "
                f"{LIBVIRT_PORT}; {own}"
            )
        case Answer.UNKNOWN_NAME:
            return (
                f"`getent hosts {road.address}` on {source} must give an address: add it to the DNS or "
                f"/etc/hosts, or set spec.migrationAddress of Hypervisor {host}"
            )
        case _:
            return (
                f"let TCP port {LIBVIRT_PORT} through every firewall from {source} to {host}, see the route "
                f"by `ip route get {road.address}` on {source}, and {own}"
            )


RULE = Rule(
    NAME,
    check,
    remedy="Let libvirtd listen with TLS, and let its port through between the hosts.",
    tested="tests/e2e/preflight/test_reachable.py",
    unproven=(
        "that libvirtd goes on answering: how soon the two give each other up (`keepalive_interval` and "
        "`keepalive_count` in libvirtd.conf and qemu.conf, 30 s unless changed) can't be seen from outside"
    ),
    live=True,
)

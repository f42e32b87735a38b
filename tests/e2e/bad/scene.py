"""What these tests share: a guest that must come to no harm, and a namespace that asks for bad things.

`Scene.fails` is the promise of bad input in one place: the migration ends with one reason, the same in
condition and event; no task and no claim are left; both hosts are as before. What the guest itself says of
it, the fixture `guest` asks after each test.
"""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..api_server import HOME, Body, Cluster
from ..lab import Lab, wait_until

HOSTS = ("host1", "host2")
FINAL = frozenset({"Succeeded", "Failed", "Cancelled"})
END_SECONDS = 90.0
"""Three times as long as a host may take over one goal when the machine is busy."""

POLL_SECONDS = 0.2
"""Events are asked of kubectl, a large program: asked more often, it slows down what it asks for."""

# Every domain with its definitions, every pool of ours, every token of ours, every file of the host's own
# images: what must not change.
_PICTURE = """
for uuid in $(virsh -q list --all --uuid); do
  virsh domstate $uuid; virsh dominfo $uuid | grep Autostart
  virsh dumpxml --security-info $uuid; virsh dumpxml --inactive --security-info $uuid
done
virsh -q pool-list --all --name | grep godwit || true
find /var/lib/godwit -name '.godwit-*'
find /var/lib/godwit/local -printf '%p %y %i %m %U:%G\\n' | sort
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a VMMigration says of itself."""

    body: Body

    @property
    def phase(self) -> str:
        return str(self.body["status"].get("phase", ""))

    @property
    def reason(self) -> str:
        return str(self._succeeded.get("reason", ""))

    @property
    def message(self) -> str:
        return str(self._succeeded.get("message", ""))

    @property
    def cleanup(self) -> str:
        return str(self.body["status"].get("cleanup", ""))

    @property
    def finalizers(self) -> list[str]:
        return list(self.body["metadata"].get("finalizers", []))

    def failed_checks(self) -> dict[str, list[str]]:
        """Message and remedy of each check that failed, by the check's name."""
        failed: dict[str, list[str]] = {}
        for check in self.body["status"].get("checks", []):
            if check["result"] == "Fail":
                assert check["remedy"], check
                failed.setdefault(check["name"], []).append(f"{check['message']} ({check['remedy']})")
        return failed

    def failed_check(self, name: str) -> str:
        """The one failure of that check; it stands in the migration's own message too."""
        (said,) = self.failed_checks()[name]
        assert said in self.message
        return said

    @property
    def _succeeded(self) -> Body:
        conditions: list[Body] = self.body["status"].get("conditions", [])
        return next((found for found in conditions if found["type"] == "Succeeded"), {})


@dataclass(frozen=True, slots=True)
class Scene:
    """The lab, its cluster, and the namespace that is asked from."""

    lab: Lab
    cluster: Cluster
    namespace: str

    def ask(self, name: str, vm: str, to: str, **more: object) -> None:
        """Create a VMMigration; `more` are further fields of its spec."""
        spec = {"vm": {"name": vm}, "destination": {"hypervisor": to}, **more}
        self.cluster.kubectl("create", "-f", "-", stdin=json.dumps(migration(self.namespace, name, spec)))

    def told(self, name: str) -> Told:
        """As it is now."""
        return Told(self.cluster.migration(self.namespace, name))

    def until(self, name: str, phase: str, seconds: float = END_SECONDS) -> Told:
        """As it is in that phase; fails when it has ended otherwise."""

        def there() -> Told | None:
            told = self.told(name)
            assert told.phase == phase or told.phase not in FINAL, f"{name} is {told.phase}: {told.message}"
            return told if told.phase == phase else None

        return wait_until(f"{name} to be {phase}", there, seconds, POLL_SECONDS)

    def clean(self, name: str, seconds: float = END_SECONDS) -> Told:
        """As it is when nothing is owed any more and the finalizer is gone."""

        def there() -> Told | None:
            told = self.told(name)
            return told if told.cleanup == "Done" and not told.finalizers else None

        return wait_until(f"{name} to owe nothing", there, seconds, POLL_SECONDS)

    def fails(self, name: str, vm: str, to: str, reason: str, **more: object) -> Told:
        """Ask for it, and see it fail as the module's docstring says."""
        with self.as_before():
            self.ask(name, vm, to, **more)
            return self.failed(name, reason)

    def failed(self, name: str, reason: str) -> Told:
        """It fails with that reason, tells it twice, and leaves nothing in the cluster."""
        self.until(name, "Failed")
        told = self.clean(name)
        assert told.reason == reason, told.message
        self.event_tells(told)
        assert self.left_over(told) == []
        return told

    def event_tells(self, told: Told) -> None:
        """A warning with the condition's reason and message is among the object's events."""
        name, wanted = told.body["metadata"]["name"], (told.reason, told.message[:900])

        def seen() -> bool:
            asked = f"involvedObject.name={name}"
            events = self.cluster.kubectl(
                "get", "events", "-n", self.namespace, "--field-selector", asked, "-o", "json"
            )
            found: list[Body] = json.loads(events)["items"]
            return wanted in [(e["reason"], e["message"][:900]) for e in found if e["type"] == "Warning"]

        wait_until(f"the event {wanted}", seen, 15, POLL_SECONDS)

    @contextmanager
    def as_before(self) -> Iterator[None]:
        """What happens in the block leaves both hosts as they were."""
        before = self.pictures()
        yield
        for host, picture in self.pictures().items():
            assert picture == before[host], f"{host} is not as it was"

    def pictures(self) -> dict[str, list[str]]:
        """Per host: its domains with both definitions, and whatever is there of ours."""
        return {host: self.inside(host, _PICTURE).splitlines() for host in HOSTS}

    def left_over(self, told: Told) -> list[str]:
        """Its tasks, and the claim on its VM."""
        found: list[Body] = json.loads(
            self.cluster.kubectl("get", "migrationtasks,leases", "-n", HOME, "-o", "json")
        )["items"]
        own, claim = told.body["metadata"]["uid"], f"vm-{told.body['status'].get('vm', {}).get('uuid')}"
        return [
            body["metadata"]["name"]
            for body in found
            if body["metadata"]["name"] == claim or body["spec"].get("migrationRef", {}).get("uid") == own
        ]

    def domains(self, host: str) -> list[str]:
        """Names of the domains that the Hypervisor lists."""
        found = json.loads(self.cluster.kubectl("get", "hypervisor", host, "-o", "json"))
        return [domain["name"] for domain in found["status"].get("domains", [])]

    def ready(self, host: str) -> bool:
        """Whether the operator takes the agent on that host for alive."""
        found = json.loads(self.cluster.kubectl("get", "hypervisor", host, "-o", "json"))
        conditions: list[Body] = found["status"].get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    @contextmanager
    def domain(self, host: str, name: str, *, runs: bool = False, vm_uuid: str = "") -> Iterator[None]:
        """A small domain of somebody else, which the Hypervisor lists."""
        own = f"<uuid>{vm_uuid}</uuid>" if vm_uuid else ""
        definition = (
            f"<domain type='qemu'><name>{name}</name>{own}<memory unit='MiB'>16</memory>"
            "<os><type arch='x86_64'>hvm</type></os></domain>"
        )
        self.virsh(host, "define", "/dev/stdin", stdin=definition)
        try:
            if runs:
                self.virsh(host, "start", name)
            wait_until(f"{host} to list {name}", lambda: name in self.domains(host), 30, POLL_SECONDS)
            yield
        finally:
            if runs:
                self.lab.attempt("exec", host, "--", "virsh", "destroy", name)
            self.virsh(host, "undefine", name)
            wait_until(f"{host} to forget {name}", lambda: name not in self.domains(host), 90, POLL_SECONDS)

    def inside(self, host: str, script: str) -> str:
        """Stdout of a shell's script in a host."""
        return self.lab.inside(host, "sh", "-ec", script)

    def virsh(self, host: str, *words: str, stdin: str = "") -> str:
        """Its stdout."""
        done = self.lab.attempt("exec", host, "--", "virsh", "-q", *words, stdin=stdin)
        assert done.returncode == 0, f"virsh {' '.join(words)} on {host}: {done.stderr}"
        return done.stdout


@contextmanager
def opened(prefix: str) -> Iterator[Scene]:
    """A namespace of its own, whose name begins so; both hosts answer."""
    scene = Scene(Lab(), Cluster(), f"{prefix}-{uuid.uuid4().hex[:6]}")
    scene.cluster.kubectl("create", "namespace", scene.namespace)
    wait_until("both agents", lambda: all(scene.ready(host) for host in HOSTS), 120)
    yield scene
    scene.cluster.kubectl("delete", "namespace", scene.namespace, "--wait=false")


def migration(namespace: str, name: str, spec: Body) -> Body:
    """A VMMigration as kubectl takes it."""
    return {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "VMMigration",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }

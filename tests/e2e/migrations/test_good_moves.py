"""A guest that writes its memory and its disk all the time moves, and is all that it was, and only once."""

import pytest

from ..api_server import Body
from ..lab import Lab
from .hosts import Hosts
from .moves import Moves, phases

pytestmark = pytest.mark.e2e

WAY = ["Pending", "Validating", "Preparing", "Migrating", "SwitchingOver", "Finalizing", "Succeeded"]
FOREIGN = "urn:of-somebody-else"


@pytest.fixture(scope="module")
def before(lab: Lab, hosts: Hosts, writer: str) -> dict[str, str]:
    """Its definition, which differs from what runs, and has a foreign element in its metadata."""
    host = hosts.place(writer)
    hosts.virsh(host, "setmaxmem", writer, "192M", "--config")
    hosts.virsh(host, "desc", writer, "--config", "runs with more memory from its next start on")
    foreign = ("metadata", writer, FOREIGN, "--key", "other", "--set", "<note>kept</note>")
    hosts.virsh(host, *foreign, "--config", "--live")
    lab.run("guest", "gap", writer, "--reset")
    return {
        "host": host,
        "definition": hosts.definition(host, writer),
        "live": hosts.virsh(host, "dumpxml", writer),
    }


@pytest.fixture(scope="module")
def moved(before: dict[str, str], moves: Moves, writer: str) -> Body:
    """The status of its migration."""
    return moves.move(writer)


def test_it_arrives_intact_with_the_same_boot_memory_disk_and_connections(
    lab: Lab, before: dict[str, str], moved: Body, writer: str
) -> None:
    verdict = lab.check(writer)
    assert verdict["host"] == moved["destination"]["hypervisor"] != before["host"]
    assert verdict["states"][before["host"]] == "absent"
    assert verdict["same_boot"] and verdict["disks"][0]["records"] > 0
    assert verdict["client"]["tcp"]["lost_connections"] == 0


def test_its_switchover_is_fast_since_its_disk_is_locked_on_both_hosts(moved: Body) -> None:
    assert moved["switchover"]["mode"] == "Fast"
    assert "locks" in moved["switchover"]["why"]
    assert [(disk["class"], disk["action"]) for disk in moved["disks"]] == [("Shared", "Keep")]


def test_it_goes_the_whole_way_once_and_all_checks_pass_that_are_about_it(moved: Body) -> None:
    assert phases(moved) == WAY
    assert {check["result"] for check in moved["checks"]} <= {"Pass", "NotApplicable"}


def test_the_source_forgets_it_and_the_destination_has_it_for_good(
    hosts: Hosts, before: dict[str, str], moved: Body, writer: str
) -> None:
    assert not hosts.knows(before["host"], writer)
    assert hosts.info(moved["destination"]["hypervisor"], writer)["Persistent"] == "yes"


def test_it_is_started_with_its_new_host_as_it_was_with_its_old_one(
    hosts: Hosts, moved: Body, writer: str
) -> None:
    assert hosts.info(moved["destination"]["hypervisor"], writer)["Autostart"] == "enable"


def test_its_definition_arrives_as_it_was_though_another_one_runs(
    hosts: Hosts, before: dict[str, str], moved: Body, writer: str
) -> None:
    there = moved["destination"]["hypervisor"]
    assert hosts.definition(there, writer) == before["definition"]
    live = hosts.virsh(there, "dumpxml", writer)
    assert "131072</memory>" in live and "196608</memory>" in before["definition"]


def test_no_mark_is_left_in_its_definitions_and_foreign_metadata_is_kept(
    hosts: Hosts, moved: Body, writer: str
) -> None:
    there = moved["destination"]["hypervisor"]
    assert hosts.marks(there, writer) == []
    for which in ("--config", "--live"):
        assert "<note>kept</note>" in hosts.virsh(there, "metadata", writer, FOREIGN, which)


def test_nothing_is_left_beside_its_image(lab: Lab, moved: Body) -> None:
    listed = [lab.inside(host, "ls", "-A", "/var/lib/godwit/shared").split() for host in ("host1", "host2")]
    assert not [name for names in listed for name in names if name.startswith(".godwit-")]
    pools = [
        lab.inside(host, "virsh", "-q", "pool-list", "--all", "--name").split() for host in ("host1", "host2")
    ]
    assert not [name for names in pools for name in names if name.startswith("godwit")]

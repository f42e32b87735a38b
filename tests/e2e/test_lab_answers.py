"""What the lab is, and what it answers: status, env, logs, exec; nothing here changes it."""

import json
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from .lab import Lab, wait_until

pytestmark = pytest.mark.e2e

SHARED, LOCAL = "/var/lib/godwit/shared", "/var/lib/godwit/local"
CONTROL = {"etcd", "apiserver", "controller-manager", "scheduler"}
PER_NODE = {"containerd", "kubelet", "kube-proxy"}
SERVICES = {
    "control": CONTROL,
    "store": {"glusterd"},
    "infra": PER_NODE,
    "host1": PER_NODE | {"libvirtd", "shared"},
    "host2": PER_NODE | {"libvirtd", "shared"},
}
LOGGED = [
    *([name] for name in sorted(CONTROL)), ["store"], ["libvirtd", "host1"], ["libvirtd", "host2"],
    ["kubelet", "host1"], ["kubelet", "infra"], ["containerd", "host2"],
]  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab()


def kubectl(lab: Lab, *argv: str) -> str:
    """As a person has it after `eval "$(hack/lab env)"`."""
    command = f"{lab.run('env')}\nkubectl {shlex.join(argv)}"
    return subprocess.run(["sh", "-ec", command], text=True, capture_output=True, check=True).stdout


def test_every_service_runs_and_is_ready_with_its_pid_and_memory(lab: Lab) -> None:
    rows = lab.status()
    due = {(box, service) for box, services in SERVICES.items() for service in services}
    assert not due - rows.keys()
    for place in due:
        row = rows[place]
        assert row["state"] == "run" and row["ready"], row
        assert row["rss_mib"] > 0, row
        assert Path(f"/proc/{row['pid']}").exists(), row


@pytest.mark.parametrize("place", [("infra", "operator"), ("host1", "agent"), ("host2", "agent")])
def test_godwits_operator_runs_on_infra_and_an_agent_on_each_host(lab: Lab, place: tuple[str, str]) -> None:
    row = lab.status()[place]
    assert row["state"] == "run" and row["ready"], row


def test_status_for_people_names_each_service_on_a_line(lab: Lab) -> None:
    said = lab.attempt("status").stdout.splitlines()
    assert said[0].split() == ["BOX", "SERVICE", "STATE", "PID", "RSS", "READY"]
    named = {tuple(line.split()[:2]) for line in said[1:]}
    assert named == lab.status().keys()


def test_the_nodes_are_the_hosts_and_infra_and_all_are_ready(lab: Lab) -> None:
    found = {
        node["metadata"]["name"]: {c["type"]: c["status"] for c in node["status"]["conditions"]}["Ready"]
        for node in json.loads(kubectl(lab, "get", "nodes", "-o", "json"))["items"]
    }
    assert found == {"host1": "True", "host2": "True", "infra": "True"}


def test_the_api_server_is_kubernetes_1_36(lab: Lab) -> None:
    assert json.loads(kubectl(lab, "version", "-o", "json"))["serverVersion"]["gitVersion"].startswith(
        "v1.36."
    )


def test_env_gives_kubectl_and_helm_and_the_labs_name_and_the_same_as_json(lab: Lab) -> None:
    versions = f"{lab.run('env')}\nkubectl version --client=true && helm version"
    assert subprocess.run(["sh", "-ec", versions], capture_output=True).returncode == 0
    exported = dict(word.split("=", 1) for word in shlex.split(lab.run("env")) if "=" in word)
    assert lab.json("env") == exported
    assert exported["GODWIT_LAB"] == lab.name


def test_infra_has_no_libvirt_and_the_store_is_no_node(lab: Lab) -> None:
    rows = lab.status()
    assert ("infra", "libvirtd") not in rows
    assert not {service for box, service in rows if box == "store"} & PER_NODE


@pytest.mark.parametrize(("place", "hosts"), [(SHARED, ["host1", "host2"]), (LOCAL, ["host1"])])
def test_a_shared_file_is_the_same_on_all_hosts_and_a_local_one_is_not(
    lab: Lab, place: str, hosts: list[str]
) -> None:
    path = f"{place}/labtest-file"
    lab.inside("host1", "sh", "-c", f"echo of host1 > {path}")
    try:
        read = {host: lab.attempt("exec", host, "--", "cat", path).stdout for host in ("host1", "host2")}
        assert [host for host, text in read.items() if text == "of host1\n"] == hosts
    finally:
        lab.inside("host1", "rm", path)


def test_the_shared_directory_is_glusterfs_and_the_local_one_is_not(lab: Lab) -> None:
    for host in ("host1", "host2"):
        assert lab.inside(host, "findmnt", "-no", "FSTYPE", "-T", SHARED).strip() == "fuse.glusterfs"
        assert "gluster" not in lab.inside(host, "findmnt", "-no", "FSTYPE", "-T", LOCAL)


def test_each_host_is_one_of_its_own_to_libvirt_and_they_reach_each_other_by_tls_alone(lab: Lab) -> None:
    uuids = {lab.inside(host, "virsh", "capabilities").split("<uuid>")[1][:36] for host in ("host1", "host2")}
    assert len(uuids) == 2
    for host, other in (("host1", "host2"), ("host2", "host1")):
        assert lab.inside(host, "virsh", "-c", f"qemu+tls://{other}/system", "hostname").strip() == other
        assert lab.attempt("exec", host, "--", "virsh", "-c", f"qemu+tcp://{other}/system", "uri").returncode


@pytest.mark.parametrize("who", LOGGED, ids=" ".join)
def test_whoever_runs_has_logged_something(lab: Lab, who: list[str]) -> None:
    assert lab.run("logs", *who).strip()


@pytest.mark.parametrize("who", [["operator"], ["agent", "host1"], ["agent", "host2"]], ids=" ".join)
def test_godwits_containers_have_logged_without_the_runtimes_prefix(lab: Lab, who: list[str]) -> None:
    said = lab.run("logs", *who)
    assert said.strip()
    assert " stdout F " not in said and " stderr F " not in said


def test_followed_logs_go_on_and_end_well_when_interrupted(lab: Lab) -> None:
    with lab.begin("logs", "libvirtd", "host2", "-f") as follower:
        assert follower.stdout
        wait_until("what was logged before", follower.stdout.readline, 10)
        lab.inside("host2", "sh", "-c", "echo a line of test_lab_answers >> /var/log/lab/libvirtd.log")
        assert "a line of test_lab_answers\n" in follower.stdout
        follower.send_signal(signal.SIGINT)
        assert follower.wait(10) == 0


def test_logs_of_nobody_are_refused_with_all_who_have_some(lab: Lab) -> None:
    said = lab.refused("logs", "somebody")
    assert "'somebody' is nobody here" in said and "libvirtd" in said


def test_a_command_runs_in_the_host_itself(lab: Lab) -> None:
    assert lab.inside("host1", "hostname") == "host1\n"
    assert lab.inside("host2", "cat", "/proc/1/comm") == "init\n"


@pytest.mark.parametrize(
    ("script", "code"), [("true", 0), ("exit 7", 7), ("no-such-tool", 127), ("kill -9 $$", 137)]
)
def test_its_exit_code_is_the_commands_own(lab: Lab, script: str, code: int) -> None:
    done = lab.attempt("exec", "host1", "--", "sh", "-c", script)
    assert done.returncode % 256 == code or (code == 137 and done.returncode == -9)


def test_its_words_and_input_reach_the_command_as_they_are(lab: Lab) -> None:
    words = ("sh", "-c", 'cat; printf "<%s>" "$@"', "sh", "--name", "-o", "a  b", "")
    done = lab.attempt("exec", "host1", "--", *words, stdin="typed ")
    assert done.stdout == "typed <--name><-o><a  b><>", done.stderr


def test_what_can_not_be_is_refused_in_words_that_help(lab: Lab) -> None:
    assert "no command; e.g. `hack/lab exec host1 -- virsh" in lab.refused("exec", "host1")
    assert "has no host9: `hack/lab up` makes it" in lab.refused("exec", "host9", "--", "true")
    assert "`hack/lab up --name nobodys` makes it" in Lab("nobodys").refused("status")
    assert "can't be a lab's name" in Lab("No Name").refused("up")


@pytest.mark.parametrize("setting", ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic"])
def test_what_a_kubelet_sets_machine_wide_stays_in_its_host(lab: Lab, setting: str) -> None:
    path = f"/proc/sys/{setting}"
    machines, hosts = Path(path).read_text(), lab.inside("host1", "cat", path)
    lab.inside("host1", "sh", "-c", f"echo 7 > {path}")
    try:
        assert lab.inside("host1", "cat", path) == "7\n"
        assert Path(path).read_text() == machines
    finally:
        lab.inside("host1", "sh", "-c", f"echo {hosts.strip()} > {path}")


def test_every_box_has_namespaces_of_its_own(lab: Lab) -> None:
    paths = [f"/proc/1/ns/{kind}" for kind in ("net", "mnt", "uts", "ipc", "pid", "cgroup")]
    found = [lab.inside(box, "readlink", *paths).split() for box in SERVICES]
    mine = [str(Path(path.replace("/1/", "/self/")).readlink()) for path in paths]
    everybodys = [*mine, *(namespace for own in found for namespace in own)]
    assert len(set(everybodys)) == len(everybodys)


def test_an_orphan_in_a_host_is_reaped_at_once(lab: Lab) -> None:
    orphan = lab.inside("host1", "sh", "-c", "sleep 0.1 > /dev/null 2>&1 & echo $!").strip()
    shown = ("exec", "host1", "--", "test", "-e", f"/proc/{orphan}")
    wait_until("the orphan's end", lambda: lab.attempt(*shown).returncode, 5)

"""What the tokens of the running pods can do at the real API server; every write is a dry run."""

import http.client
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .api_server import HOME, Api, Body, Cluster

pytestmark = pytest.mark.e2e

ABROAD = "default"
OWN, OTHER = "host1", "host2"

READ = frozenset({"get", "list", "watch"})
CHANGE = frozenset({"patch", "update"})
VERBS = READ | CHANGE | {"create", "delete", "deletecollection"}
METHODS = {
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}
MOST_CONFLICTS = 5
COLLECTION_VERBS = frozenset({"list", "watch", "create", "deletecollection"})


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture(scope="module")
def agent(cluster: Cluster) -> Api:
    """The token that the kubelet gave to the agent on OWN."""
    pod = cluster.kubectl(
        "get", "pods", "-n", HOME, "-l", "app.kubernetes.io/component=agent",
        "--field-selector", f"spec.nodeName={OWN},status.phase=Running", "-o", "name",
    )  # fmt: skip
    path = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    return cluster.api(cluster.kubectl("exec", "-n", HOME, pod.strip(), "-c", "agent", "--", "cat", path))


@pytest.fixture(scope="module")
def operator(cluster: Cluster) -> Api:
    return cluster.api(cluster.kubectl("create", "token", "godwit-operator", "-n", HOME))


TOUCH: Body = {"metadata": {"annotations": {"rbac": "tried"}}}
PEOPLE = ("ed", "vera", "mo", "eve")
TASKS = f"/apis/godwit.dev/v1alpha1/namespaces/{HOME}/migrationtasks"


def task(node: str, name: str) -> Body:
    """An order about a VM that nobody has, so that an agent that takes it finds nothing to do."""
    return {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "MigrationTask",
        "metadata": {"name": name, "namespace": HOME},
        "spec": {
            "nodeName": node,
            "role": "Source",
            "attempt": 1,
            "migrationRef": {"namespace": ABROAD, "name": "nobody", "uid": str(uuid.uuid4())},
            "vm": {"name": "nobody", "uuid": str(uuid.uuid4())},
            "peer": {"nodeName": OTHER if node == OWN else OWN, "task": "nobody"},
            "goal": "Inspected",
        },
    }


PLANNED: Body = {
    "spec": {
        "goal": "Prepared",
        "plan": {
            "switchover": "Strict",
            "destinationUri": "qemu+tls://192.0.2.1/system",
            "migrateUri": "tcp://192.0.2.1",
        },
    }
}
"""What the operator tells a host before it may do anything to a guest."""


def event(node: str, namespace: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "rbac-", "namespace": namespace},
        "involvedObject": {"kind": "MigrationTask", "namespace": namespace, "name": "nobody"},
        "reason": "Trying",
        "message": "may this be written?",
        "type": "Normal",
        "action": "Try",
        "reportingComponent": "godwit.dev/agent",
        "reportingInstance": node,
        "eventTime": "2026-01-01T00:00:00.000000Z",
    }


def lease(name: str, namespace: str) -> Body:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": namespace},
    }


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource of one node: where it lies and what a new one looks like."""

    label: str
    collection: str
    name: str
    new: Body
    subresource: str = ""

    @property
    def path(self) -> str:
        suffix = f"/{self.subresource}" if self.subresource else ""
        return f"{self.collection}/{self.name}{suffix}"


def things(node: str) -> Iterator[Thing]:
    """Everything in the cluster that an agent might want, of or about `node`."""
    godwit = "/apis/godwit.dev/v1alpha1"
    hypervisor: Body = {"apiVersion": "godwit.dev/v1alpha1", "kind": "Hypervisor", "metadata": {"name": node}}
    migration: Body = {
        "apiVersion": "godwit.dev/v1alpha1",
        "kind": "VMMigration",
        "metadata": {"name": "rbac"},
        "spec": {"vm": {"name": "nobody"}, "destination": {"hypervisor": node}},
    }
    migrations = f"{godwit}/namespaces/{ABROAD}/vmmigrations"
    yield Thing("hypervisors", f"{godwit}/hypervisors", node, hypervisor)
    yield Thing("hypervisors/status", f"{godwit}/hypervisors", node, hypervisor, "status")
    yield Thing("migrationtasks", TASKS, f"rbac-{node}", task(node, f"rbac-{node}-new"))
    yield Thing("migrationtasks/status", TASKS, f"rbac-{node}", task(node, f"rbac-{node}"), "status")
    yield Thing("vmmigrations", migrations, "rbac", migration)
    yield Thing("vmmigrations/status", migrations, "rbac", migration, "status")
    for space in (HOME, "kube-node-lease"):
        leases = f"/apis/coordination.k8s.io/v1/namespaces/{space}/leases"
        name = f"hypervisor-{node}" if space == HOME else node
        yield Thing(f"leases in {space}", leases, name, lease(f"rbac-{node}", space))
    for space in (HOME, ABROAD):
        yield Thing(f"events in {space}", f"/api/v1/namespaces/{space}/events", "nobody", event(node, space))
    yield Thing(
        "nodes", "/api/v1/nodes", node, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "rbac"}}
    )
    yield Thing("nodes/status", "/api/v1/nodes", node, {"apiVersion": "v1", "kind": "Node"}, "status")
    for space in (HOME, ABROAD):
        for kind in ("Pod", "Secret", "ConfigMap", "ServiceAccount"):
            new = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "rbac"}}
            yield Thing(f"{kind} in {space}", f"/api/v1/namespaces/{space}/{kind.lower()}s", "rbac", new)
    accounts = f"/api/v1/namespaces/{HOME}/serviceaccounts"
    token: Body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    yield Thing("the operator's tokens", accounts, "godwit-operator", token, "token")
    daemonset: Body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "rbac"}}
    yield Thing("daemonsets", f"/apis/apps/v1/namespaces/{HOME}/daemonsets", "godwit-agent", daemonset)
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        group = "rbac.authorization.k8s.io/v1"
        role: Body = {"apiVersion": group, "kind": kind, "metadata": {"name": "rbac"}}
        yield Thing(kind, f"/apis/{group}/{kind.lower()}s", "godwit-agent", role)


ALLOWED: dict[tuple[str, str], frozenset[str]] = {
    ("hypervisors", OWN): READ,
    ("hypervisors", OTHER): READ,
    ("hypervisors/status", OWN): CHANGE,
    ("migrationtasks", OWN): READ,
    ("migrationtasks", OTHER): READ,
    ("migrationtasks/status", OWN): CHANGE,
    (f"leases in {HOME}", OWN): READ | CHANGE,
    (f"leases in {HOME}", OTHER): READ,
    (f"events in {HOME}", OWN): frozenset({"create"}),
}
"""The whole of what an agent may do; for every other thing and node the answer is 403 to every verb."""


@pytest.fixture
def tasks(operator: Api) -> Iterator[None]:
    """One task for each of both nodes."""
    made = [f"rbac-{node}" for node in (OWN, OTHER)]
    for node in (OWN, OTHER):
        status, said = operator.request("POST", TASKS, task(node, f"rbac-{node}"))
        assert status == http.HTTPStatus.CREATED, said
    yield
    for name in made:
        operator.request("DELETE", f"{TASKS}/{name}")


def as_it_is(api: Api, thing: Thing) -> Body:
    """What an update sends: the object with its resourceVersion, or a new one where there is none."""
    status, found = api.request("GET", f"{thing.collection}/{thing.name}")
    return found if status == http.HTTPStatus.OK else {**thing.new, "metadata": {"name": thing.name}}


def may(api: Api, verb: str, thing: Thing) -> bool:
    """Whether the API server lets the token do it; a 404 comes from behind the guard: yes.

    A conflict is found before the policies are asked, so it says nothing: the node's own agent has written to
    the task meanwhile, and the question is put again.
    """
    whole = verb in COLLECTION_VERBS and not thing.subresource
    path = thing.collection if whole else thing.path
    query = "?watch=1&timeoutSeconds=5" if verb == "watch" else "" if verb in READ else "?dryRun=All"
    body = None if verb in READ or METHODS[verb] == "DELETE" else thing.new
    if verb == "patch":
        body = TOUCH
    for _ in range(MOST_CONFLICTS):
        if verb == "update":
            body = as_it_is(api, thing)
        status, said = api.request(METHODS.get(verb, "GET"), path + query, body)
        if status != http.HTTPStatus.CONFLICT:
            break
    if status == http.HTTPStatus.FORBIDDEN:
        return False
    assert status in (200, 201, 404, 405), f"{verb} {thing.label}: {said}"
    return True


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize("node", [OWN, OTHER])
@pytest.mark.parametrize("label", [thing.label for thing in things(OWN)])
def test_an_agents_token_may_do_exactly_what_the_table_says(agent: Api, label: str, node: str) -> None:
    (thing,) = (thing for thing in things(node) if thing.label == label)
    allowed = {verb for verb in VERBS if may(agent, verb, thing)}
    assert allowed == ALLOWED.get((label, node), frozenset())


def test_a_refusal_names_the_node_and_the_thing(agent: Api) -> None:
    path = f"/apis/godwit.dev/v1alpha1/hypervisors/{OTHER}/status?dryRun=All"
    status, said = agent.request("PATCH", path, TOUCH)
    assert status == http.HTTPStatus.FORBIDDEN
    assert f"the agent of node {OWN} may not write the status of Hypervisor {OTHER}" in said["message"]


def test_an_agents_token_that_is_bound_to_no_pod_writes_nothing(cluster: Cluster) -> None:
    unbound = cluster.api(cluster.kubectl("create", "token", "godwit-agent", "-n", HOME))
    path = f"/apis/godwit.dev/v1alpha1/hypervisors/{OWN}/status?dryRun=All"
    status, said = unbound.request("PATCH", path, TOUCH)
    assert status == http.HTTPStatus.FORBIDDEN
    assert "names no node" in said["message"]


def test_not_even_the_admin_gives_an_agent_an_order(cluster: Cluster) -> None:
    said = cluster.refusal("create", "-f", "-", "--dry-run=server", stdin=json.dumps(task(OWN, "rbac-admin")))
    assert "only Godwit's operator creates MigrationTasks" in said


@pytest.mark.usefixtures("tasks")
def test_the_admin_may_label_and_delete_a_task_but_not_change_its_order(cluster: Cluster) -> None:
    name = f"rbac-{OWN}"
    cluster.kubectl("label", "migrationtask", name, "-n", HOME, "seen=yes", "--dry-run=server")
    cluster.kubectl("delete", "migrationtask", name, "-n", HOME, "--dry-run=server")
    order = json.dumps({"spec": {"goal": "Prepared"}})
    said = cluster.refusal(
        "patch", "migrationtask", name, "-n", HOME, "--type=merge", "-p", order, "--dry-run=server"
    )
    assert "only Godwit's operator" in said


@pytest.mark.usefixtures("tasks")
def test_nobody_but_the_operator_deletes_a_task_whose_host_may_have_begun(
    cluster: Cluster, operator: Api
) -> None:
    name = f"rbac-{OWN}"
    status, said = operator.request("PATCH", f"{TASKS}/{name}", PLANNED)
    assert status == http.HTTPStatus.OK, said
    refused = cluster.refusal("delete", "migrationtask", name, "-n", HOME, "--dry-run=server")
    assert "memory of what its host may have done" in refused
    status, _ = operator.request("DELETE", f"{TASKS}/{name}?dryRun=All")
    assert status == http.HTTPStatus.OK


def test_the_operators_token_writes_no_agents_word_and_no_task_abroad(
    operator: Api, cluster: Cluster
) -> None:
    status, _ = operator.request("PATCH", f"{TASKS}/any/status?dryRun=All", TOUCH)
    assert status == http.HTTPStatus.FORBIDDEN
    user = f"system:serviceaccount:{HOME}:godwit-operator"
    written = ("migrationtasks.godwit.dev", "leases.coordination.k8s.io")
    assert [cluster.can(user, "create", resource, HOME) for resource in written] == [True, True]
    assert [cluster.can(user, "create", resource, ABROAD) for resource in written] == [False, False]


@pytest.fixture
def people(cluster: Cluster) -> Iterator[str]:
    """A namespace in which ed has the role edit, vera view and mo godwit-migrator."""
    name = f"rbac-{uuid.uuid4().hex[:6]}"
    cluster.kubectl("create", "namespace", name)
    for person, role in (("ed", "edit"), ("vera", "view"), ("mo", "godwit-migrator")):
        cluster.kubectl(
            "create", "rolebinding", person, "-n", name, f"--clusterrole={role}", f"--user={person}"
        )
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def test_only_a_migrator_moves_vms_and_everyone_with_a_role_may_look(cluster: Cluster, people: str) -> None:
    resource = "vmmigrations.godwit.dev"
    moves = {person for person in PEOPLE if cluster.can(person, "create", resource, people)}
    looks = {person for person in PEOPLE if cluster.can(person, "list", resource, people)}
    assert (moves, looks) == ({"mo"}, {"ed", "vera", "mo"})


def test_the_api_server_finds_no_fault_in_the_policies(cluster: Cluster) -> None:
    policies = json.loads(cluster.kubectl("get", "validatingadmissionpolicies", "-o", "json"))["items"]
    warnings = {
        policy["metadata"]["name"]: policy["status"]["typeChecking"].get("expressionWarnings", [])
        for policy in policies
        if policy["metadata"]["name"].startswith("godwit-")
    }
    assert warnings == {"godwit-agent": [], "godwit-tasks": []}

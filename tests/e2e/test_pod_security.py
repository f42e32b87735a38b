"""What the API server's own Pod Security says of the pods that run."""

import json
import uuid
from collections.abc import Iterator

import pytest

from .api_server import HOME, Body, Cluster

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture(scope="module")
def restricted(cluster: Cluster) -> Iterator[str]:
    """A namespace that admits restricted pods only."""
    name = f"restricted-{uuid.uuid4().hex[:6]}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    cluster.kubectl("create", "-f", "-", stdin=json.dumps(namespace))
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def pod(cluster: Cluster, workload: str, namespace: str) -> str:
    """The pod that the workload's template makes, as if it were asked for in another namespace."""
    template: Body = json.loads(cluster.kubectl("get", workload, "-n", HOME, "-o", "json"))["spec"][
        "template"
    ]
    spec = {**template["spec"], "serviceAccountName": "default", "serviceAccount": "default"}
    metadata = {"name": "tried", "namespace": namespace}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def test_the_operators_pod_is_admitted_where_pods_are_restricted(cluster: Cluster, restricted: str) -> None:
    cluster.kubectl(
        "create", "-f", "-", "--dry-run=server", stdin=pod(cluster, "deployment/godwit-operator", restricted)
    )


def test_the_agents_pod_asks_for_the_hosts_network_and_paths_and_its_root_user_only(
    cluster: Cluster, restricted: str
) -> None:
    agent = pod(cluster, "daemonset/godwit-agent", restricted)
    said = cluster.refusal("create", "-f", "-", "--dry-run=server", stdin=agent)
    faults = ("host namespaces", "hostPort", "restricted volume types", "runAsNonRoot", "runAsUser=0")
    found = [line for line in faults if line in said]
    assert found == list(faults), said
    others = ("privileged", "seccompProfile", "allowPrivilegeEscalation")
    assert not [fault for fault in others if fault in said.replace("PodSecurity", "")], said
    # The lab sends frames (agent.packetSocket), which takes this one; by default it has none.
    [container] = json.loads(agent)["spec"]["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}

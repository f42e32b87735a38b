"""Godwit's own pods: which run, what they say at /metrics and /healthz, and how they are killed."""

import json
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from ..api_server import HOME, Body, Cluster
from ..lab import Lab, wait_until

BACK_SECONDS = 90.0
"""Three times what a killed container needs at most: the kubelet makes the second restart wait for 10 s."""

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""Values by the name of the sample and its labels."""


class Pods:
    """The operator's and the agents'."""

    def __init__(self, lab: Lab, cluster: Cluster) -> None:
        self._lab = lab
        self._cluster = cluster

    def all(self, component: str) -> list[Body]:
        """Pods of `operator` or `agent` that are not on their way out."""
        asked = ("get", "pods", "-n", HOME, "-l", f"app.kubernetes.io/component={component}", "-o", "json")
        items: list[Body] = json.loads(self._cluster.kubectl(*asked))["items"]
        return [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]

    def agent(self, host: str) -> Body:
        """The agent's pod of that host."""
        return next(pod for pod in self.all("agent") if pod["spec"]["nodeName"] == host)

    def operator(self) -> Body:
        """The operator's one pod."""
        [pod] = self.all("operator")
        return pod

    def _pod(self, component: str, host: str = "") -> Body:
        return self.agent(host) if component == "agent" else self.operator()

    def kill(self, *who: str) -> None:
        """SIGKILL; returns when another container is Ready in its place."""
        before = _container(self._pod(*who))
        self._lab.run("kill", *who)

        def another() -> bool:
            pod = self._pod(*who)
            return is_ready(pod) and _container(pod) != before

        wait_until(f"another {' '.join(who)}", another, BACK_SECONDS, every_seconds=0.5)

    def replace(self) -> None:
        """Every pod by another one; returns when those are Ready."""
        before = {_name(pod) for kind in ("operator", "agent") for pod in self.all(kind)}
        self._cluster.kubectl("delete", "pods", "-n", HOME, "--all", "--wait=false")

        def replaced() -> bool:
            now = [pod for kind in ("operator", "agent") for pod in self.all(kind)]
            others = [pod for pod in now if _name(pod) not in before and is_ready(pod)]
            return len(others) == len(before)

        wait_until("other pods", replaced, BACK_SECONDS, every_seconds=0.5)

    def scale(self, operators: int) -> list[Body]:
        """So many operators; all of them Ready."""
        self._cluster.kubectl("scale", "deployment/godwit-operator", "-n", HOME, f"--replicas={operators}")

        def there() -> list[Body] | None:
            found = [pod for pod in self.all("operator") if is_ready(pod)]
            return found if len(found) == len(self.all("operator")) == operators else None

        return wait_until(f"{operators} operators", there, BACK_SECONDS, every_seconds=0.5)

    def metrics(self, pod: Body) -> str:
        """What Prometheus would read."""
        path = f"/api/v1/namespaces/{HOME}/pods/{_name(pod)}:{_port(pod)}/proxy/metrics"
        return self._cluster.kubectl("get", "--raw", path)

    def series(self, pod: Body) -> Series:
        """The same, parsed."""
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.metrics(pod))
            for sample in family.samples
        }


def select(series: Series, sample: str, /, **labels: str) -> dict[frozenset[tuple[str, str]], float]:
    """Of one name, those with these labels."""
    return {
        have: value for (found, have), value in series.items() if found == sample and labels.items() <= have
    }


def health(pod: Body, path: str) -> tuple[int, str]:
    """Status and text of `/healthz` or `/readyz`, asked for without the API server."""
    url = f"http://{pod['status']['podIP']}:{_port(pod)}{path}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def restarts(pod: Body) -> int:
    """How often its container was started again."""
    return int(pod["status"]["containerStatuses"][0]["restartCount"])


def is_ready(pod: Body) -> bool:
    """Its readiness probe is answered."""
    statuses: list[Body] = pod["status"].get("containerStatuses", [])
    return bool(statuses) and all(bool(status["ready"]) for status in statuses)


def _container(pod: Body) -> str:
    return str(pod["status"]["containerStatuses"][0]["containerID"])


def _name(pod: Body) -> str:
    return str(pod["metadata"]["name"])


def _port(pod: Body) -> int:
    return int(pod["spec"]["containers"][0]["ports"][0]["containerPort"])

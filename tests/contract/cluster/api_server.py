"""A real API server that nobody else uses: the lab's etcd and kube-apiserver, on loopback, for one run.

Not the lab's own: there an operator deletes Hypervisors that no node stands behind and works on every
VMMigration, which is right, and no ground to test a port on.
"""

import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from labkit.cache import cache_directory
from labkit.shell import wait_for

REPOSITORY = Path(__file__).resolve().parents[3]
READY_SECONDS = 60.0


class Missing(Exception):  # noqa: N818 - a reason to skip, not an error
    """A binary that `hack/lab up` builds is not there."""


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A server that answers, and two identities to ask it by."""

    kubeconfig: Path
    """Of somebody who may do everything."""
    nobody: Path
    """Of somebody who may do nothing."""
    stranger: Path
    """Of somebody whose token the server doesn't know."""
    kubectl_path: Path
    process: "subprocess.Popen[bytes]"

    def kubectl(self, *argv: str) -> str:
        """Its stdout; fails when kubectl does."""
        done = self._run(*argv)
        assert done.returncode == 0, f"kubectl {' '.join(argv)}: {done.stderr}"
        return done.stdout

    def ready(self) -> bool:
        """It says itself that it is."""
        return self._run("get", "--raw", "/readyz").returncode == 0

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def _run(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        command = [str(self.kubectl_path), "--kubeconfig", str(self.kubeconfig), *argv]
        return subprocess.run(command, text=True, capture_output=True)


@contextmanager
def api_server(place: Path) -> Iterator[ApiServer]:
    """Runs in the directory `place` and knows Godwit's resources; `Missing` without its binaries."""
    apiserver, kubectl, etcd = _find("kube-apiserver"), _find("kubectl"), _find("etcd")
    store, port = _free_port(), _free_port()
    files = _identities(place, f"https://127.0.0.1:{port}")
    key = place / "service-accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    with ExitStack() as stack:
        stack.enter_context(_running(place, "etcd", _etcd(etcd, place, store, _free_port())))
        process = stack.enter_context(_running(place, "apiserver", _apiserver(apiserver, place, store, port)))
        server = ApiServer(files["admin"], files["nobody"], files["stranger"], kubectl, process)
        wait_for("the API server", server.ready, READY_SECONDS)
        server.kubectl("apply", "--server-side", "-f", str(REPOSITORY / "crds"))
        server.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        yield server


def _identities(place: Path, url: str) -> dict[str, Path]:
    """Kubeconfigs by name; the stranger's token is in no list."""
    tokens = {name: secrets.token_hex(16) for name in ("admin", "nobody", "stranger")}
    groups = {"admin": "system:masters", "nobody": "nobodies"}
    known = [f"{tokens[name]},{name},{name},{group}\n" for name, group in groups.items()]
    (place / "tokens.csv").write_text("".join(known))
    return {name: _kubeconfig(place, name, url, token) for name, token in tokens.items()}


def _kubeconfig(place: Path, name: str, url: str, token: str) -> Path:
    cluster = {"server": url, "certificate-authority": f"{place}/pki/apiserver.crt"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "contract", "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": "contract", "context": {"cluster": "contract", "user": name}}],
        "current-context": "contract",
    }
    file = place / f"{name}.kubeconfig"
    file.write_text(json.dumps(config))
    return file


def _find(name: str) -> Path:
    cache = cache_directory()
    found = [*cache.glob(f"bin-*/{name}"), *cache.glob(f"root-*/usr/bin/{name}")]
    if not found:
        raise Missing(f"no {name} in {cache}: `hack/lab up` builds it")
    return max(found, key=lambda path: path.stat().st_mtime)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _etcd(program: Path, place: Path, port: int, peer_port: int) -> list[str]:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    return [
        str(program), f"--data-dir={place}/etcd", "--unsafe-no-fsync=true",
        f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
    ]  # fmt: skip


def _apiserver(program: Path, place: Path, store: int, port: int) -> list[str]:
    key = f"{place}/service-accounts.key"
    return [
        str(program), f"--etcd-servers=http://127.0.0.1:{store}", "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1", f"--secure-port={port}", f"--cert-dir={place}/pki",
        f"--token-auth-file={place}/tokens.csv", "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none",
        "--disable-admission-plugins=ServiceAccount", "--service-account-issuer=https://godwit.test",
        f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
    ]  # fmt: skip


@contextmanager
def _running(place: Path, name: str, argv: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    with (place / f"{name}.log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()

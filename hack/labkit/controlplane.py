"""etcd, the API server, the controller manager and the scheduler, in the box `control`."""

import base64
import json
from pathlib import Path

from labkit.box import boot, make, ok_inside, write_file
from labkit.certificates import authority, pair
from labkit.lab import Lab, Plane
from labkit.shell import wait_for
from labkit.supervisor import write_service

BOX = "control"
PKI = "/etc/lab"
# Every write with its metadata, no reads: API writes are counted from this log.
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "None", "verbs": ["get", "list", "watch"]}, {"level": "Metadata"}],
}


def start(lab: Lab) -> None:
    """Idempotent; the API answers when it returns."""
    make(lab, BOX)
    _write_certificates(lab)
    for service, command in _commands(lab).items():
        write_service(lab, BOX, service, command)
    boot(lab, BOX)
    config = kubeconfig(lab, "admin", "/O=system:masters/CN=admin")
    if not lab.kubeconfig.exists() or lab.kubeconfig.read_text() != config:
        lab.kubeconfig.touch(0o600)
        lab.kubeconfig.write_text(config)


def wait(lab: Lab) -> None:
    """The API server says itself that it is ready."""
    admin = ("--kubeconfig", f"{PKI}/admin.kubeconfig")
    wait_for(
        "the API server's /readyz",
        lambda: ok_inside(lab, BOX, "/lab/bin/kubectl", *admin, "get", "--raw", "/readyz"), 60,
    )  # fmt: skip


def kubeconfig(lab: Lab, name: str, subject: str) -> str:
    """A kubeconfig of its own certificate, everything inlined (JSON is YAML)."""
    certificate, key = pair(lab, name, subject)
    cluster = {"server": lab.api_url, "certificate-authority-data": _base64(authority(lab) / "ca.crt")}
    user = {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": lab.name, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": lab.name, "context": {"cluster": lab.name, "user": name}}],
            "current-context": lab.name,
        }
    )


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _write_certificates(lab: Lab) -> None:
    served = pair(
        lab, "apiserver", "/CN=kube-apiserver",
        f"IP:{lab.address(Plane.API, BOX)}", f"IP:{lab.api_service_address}", "IP:127.0.0.1",
        "DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc",
    )  # fmt: skip
    client = pair(lab, "apiserver-kubelet-client", "/O=system:masters/CN=apiserver-kubelet-client")
    signing = pair(lab, "service-accounts", "/CN=service-accounts")
    files = {
        "ca.crt": authority(lab) / "ca.crt",
        "ca.key": authority(lab) / "ca.key",
        "apiserver.crt": served[0],
        "apiserver.key": served[1],
        "kubelet-client.crt": client[0],
        "kubelet-client.key": client[1],
        "sa.crt": signing[0],
        "sa.key": signing[1],
    }
    for name, path in files.items():
        write_file(lab, BOX, f"{PKI}/{name}", path.read_text())
    write_file(lab, BOX, f"{PKI}/audit.json", json.dumps(AUDIT))
    write_file(lab, BOX, f"{PKI}/admin.kubeconfig", kubeconfig(lab, "admin", "/O=system:masters/CN=admin"))
    for name in ("kube-controller-manager", "kube-scheduler"):
        write_file(lab, BOX, f"{PKI}/{name}.kubeconfig", kubeconfig(lab, name, f"/CN=system:{name}"))


def _commands(lab: Lab) -> dict[str, str]:
    own = f"{PKI}/kubelet-client"
    return {
        "etcd": _command(
            "/usr/bin/etcd", data_dir="/var/lib/etcd-lab", unsafe_no_fsync="true",
            listen_client_urls="http://127.0.0.1:2379", advertise_client_urls="http://127.0.0.1:2379",
            listen_peer_urls="http://127.0.0.1:2380",
        ),
        "apiserver": _command(
            "/lab/bin/kube-apiserver", etcd_servers="http://127.0.0.1:2379",
            bind_address="0.0.0.0", advertise_address=lab.address(Plane.API, BOX),  # noqa: S104 - in the box
            secure_port="6443",
            tls_cert_file=f"{PKI}/apiserver.crt", tls_private_key_file=f"{PKI}/apiserver.key",
            client_ca_file=f"{PKI}/ca.crt", service_cluster_ip_range=lab.services, allow_privileged="true",
            authorization_mode="Node,RBAC", enable_admission_plugins="NodeRestriction",
            service_account_issuer="https://kubernetes.default.svc",
            service_account_key_file=f"{PKI}/sa.crt", service_account_signing_key_file=f"{PKI}/sa.key",
            kubelet_client_certificate=f"{own}.crt", kubelet_client_key=f"{own}.key",
            kubelet_certificate_authority=f"{PKI}/ca.crt", kubelet_preferred_address_types="InternalIP",
            enable_aggregator_routing="true", audit_policy_file=f"{PKI}/audit.json",
            audit_log_path="/var/log/lab/audit.log", audit_log_maxsize="200", audit_log_maxbackup="1",
        ),
        "controller-manager": _command(
            "/lab/bin/kube-controller-manager", kubeconfig=f"{PKI}/kube-controller-manager.kubeconfig",
            service_account_private_key_file=f"{PKI}/sa.key", root_ca_file=f"{PKI}/ca.crt",
            use_service_account_credentials="true", leader_elect="false", cluster_cidr=lab.pods,
            allocate_node_cidrs="false", cluster_signing_cert_file=f"{PKI}/ca.crt",
            cluster_signing_key_file=f"{PKI}/ca.key",
            node_monitor_period="2s", node_monitor_grace_period="8s",
        ),
        "scheduler": _command(
            "/lab/bin/kube-scheduler", kubeconfig=f"{PKI}/kube-scheduler.kubeconfig", leader_elect="false"
        ),
    }  # fmt: skip


def _command(program: str, **flags: str) -> str:
    return " ".join([program, *(f"--{name.replace('_', '-')}={value}" for name, value in flags.items())])

"""A Kubernetes node in a box: containerd, kubelet, kube-proxy and a bridge for its pods."""

import json

from labkit.box import make, write_file
from labkit.certificates import authority, pair
from labkit.controlplane import kubeconfig
from labkit.lab import Lab, Plane
from labkit.roots import SOURCES
from labkit.supervisor import write_service

CONTAINERD = """version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:lab"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "/lab/runc"
"""


def prepare(lab: Lab, box: str, nodes: list[str]) -> None:
    """Write the node's configuration and services, and the names of all `nodes`; they start with the box."""
    make(lab, box)
    write_file(lab, box, "/etc/hostname", f"{box}\n")
    names = "".join(f"{_address(lab, node)} {node}\n" for node in nodes)
    write_file(lab, box, "/etc/hosts", f"127.0.0.1 localhost\n{names}")
    address, user = lab.address(Plane.API, box), f"/O=system:nodes/CN=system:node:{box}"
    certificate, key = pair(lab, f"kubelet-{box}", user, f"DNS:{box}", f"IP:{address}")
    proxy = kubeconfig(lab, "kube-proxy", "/CN=system:kube-proxy")
    for path, text in {
        "/etc/lab/ca.crt": (authority(lab) / "ca.crt").read_text(),
        "/etc/lab/kubelet.crt": certificate.read_text(),
        "/etc/lab/kubelet.key": key.read_text(),
        "/etc/lab/kubelet.kubeconfig": kubeconfig(lab, f"kubelet-{box}", user),
        "/etc/lab/kubelet.json": json.dumps(_kubelet()),
        "/etc/lab/proxy.kubeconfig": proxy,
        "/etc/lab/proxy.json": json.dumps(_proxy(lab, box)),
        "/etc/containerd/config.toml": CONTAINERD,
        "/etc/cni/net.d/10-pods.conflist": json.dumps(_cni(lab, box)),
    }.items():
        write_file(lab, box, path, text)
    write_file(lab, box, "/lab/runc", (SOURCES / "runc.sh").read_text(), executable=True)
    write_service(lab, box, "containerd", "containerd")
    write_service(
        lab, box, "kubelet",
        "/lab/bin/kubelet --config=/etc/lab/kubelet.json --kubeconfig=/etc/lab/kubelet.kubeconfig "
        f"--hostname-override={box} --node-ip={address}",
        before="until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done",
    )  # fmt: skip
    write_service(lab, box, "kube-proxy", "/lab/bin/kube-proxy --config=/etc/lab/proxy.json")


def _address(lab: Lab, node: str) -> str:
    """Hosts meet each other by name on the plane that migrations take."""
    return lab.address(Plane.API if node == "infra" else Plane.DATA, node)


def _kubelet() -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": "/",
        "failCgroupV1": False,
        "failSwapOn": False,
        "resolvConf": "",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {
            name: "0%"
            for name in ("nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree")
        },
        "nodeStatusUpdateFrequency": "5s",
        "nodeLeaseDurationSeconds": 8,
        "crashLoopBackOff": {"maxContainerRestartPeriod": "1s"},
        "syncFrequency": "5s",
        "authentication": {
            "x509": {"clientCAFile": "/etc/lab/ca.crt"},
            "webhook": {"enabled": True},
            "anonymous": {"enabled": False},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": "/etc/lab/kubelet.crt",
        "tlsPrivateKeyFile": "/etc/lab/kubelet.key",
        "logging": {"verbosity": 1},
    }


def _proxy(lab: Lab, box: str) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "hostnameOverride": box,
        "clusterCIDR": lab.pods,
        "clientConnection": {"kubeconfig": "/etc/lab/proxy.kubeconfig"},
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }


def _cni(lab: Lab, box: str) -> dict[str, object]:
    return {
        "cniVersion": "0.4.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "pods",
                "isGateway": True,
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": lab.pod_range(box)}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }

"""libvirtd and QEMU of a host: TLS only, its own host UUID, its certificates, its images' places."""

import uuid
from pathlib import Path

from labkit import flavor
from labkit.box import init_pid, inside, ok_inside, write_file
from labkit.certificates import authority, host_pair
from labkit.lab import LOCAL, LOCAL_BYTES, SHARED, Lab, Plane
from labkit.shell import LabError, run, wait_for
from labkit.supervisor import tell, write_service

AUTHORITIES = "/etc/pki/CA/cacert.pem"
CLIENT_CERTIFICATE = "/etc/pki/libvirt/clientcert.pem"
QEMU_SERVER_CERTIFICATE = "/etc/pki/qemu/server-cert.pem"
QEMU_CLIENT_CERTIFICATE = "/etc/pki/qemu/client-cert.pem"
QEMU = """security_driver = "none"
cgroup_controllers = []
namespaces = []
user = "root"
group = "root"
remember_owner = 0
stdio_handler = "file"
default_tls_x509_cert_dir = "/etc/pki/qemu"
default_tls_x509_verify = 1
migrate_tls_x509_verify = 1
nbd_tls_x509_verify = 1
"""


def prepare(lab: Lab, host: str) -> None:
    """Write the host's configuration and services; they start with the box."""
    configure(lab, host, host_uuid(lab, host))
    write_file(lab, host, "/etc/libvirt/qemu.conf", QEMU)
    _make_local_disk(lab, host)
    if not init_pid(lab, host):
        root, shown = authority(lab) / "ca.crt", host_pair(lab, host)
        for libvirt in (True, False):
            for path, text in credentials(root, *shown, libvirt=libvirt).items():
                write_file(lab, host, path, text)
    write_service(lab, host, "libvirtd", flavor.libvirtd(lab, host), before="mkdir -p /run/libvirt")
    store = lab.address(Plane.STORAGE, "store")
    write_service(
        lab, host, "shared",
        f"glusterfs --no-daemon --process-name fuse --volfile-server={store} --volfile-id=shared {SHARED}",
        before=f"umount -l {SHARED} 2>/dev/null; mkdir -p {SHARED} {LOCAL}; [ -e /dev/fuse ] || exit 1",
    )  # fmt: skip


def host_uuid(lab: Lab, host: str) -> str:
    """Its own, the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{host}.{lab.name}.lab.godwit.dev"))


def configure(lab: Lab, host: str, own_uuid: str) -> None:
    """libvirtd reads it when it starts."""
    write_file(
        lab, host, "/etc/libvirt/libvirtd.conf",
        'listen_tls = 1\nlisten_tcp = 0\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
        f'unix_sock_rw_perms = "0700"\nhost_uuid = "{own_uuid}"\nlog_outputs = "2:stderr"\n'
        # Begins also with a certificate that `hack/lab host` made wrong: real ones end while it runs.
        "tls_no_sanity_certificate = 1\n",
    )  # fmt: skip


def credentials(root: Path, certificate: Path, key: Path, *, libvirt: bool) -> dict[str, str]:
    """The files by which a host shows itself, and knows others, for libvirt or for QEMU."""
    top = "/etc/pki/libvirt" if libvirt else "/etc/pki/qemu"
    if libvirt:
        places = {AUTHORITIES: root}
        for who in ("server", "client"):
            places |= {f"{top}/{who}cert.pem": certificate, f"{top}/private/{who}key.pem": key}
    else:
        places = {f"{top}/ca-cert.pem": root}
        for who in ("server", "client"):
            places |= {f"{top}/{who}-cert.pem": certificate, f"{top}/{who}-key.pem": key}
    return {path: source.read_text() for path, source in places.items()}


def _make_local_disk(lab: Lab, host: str) -> None:
    """Sparse, and of a size that a test can fill; the box mounts it when it boots.

    A host that already runs has its images elsewhere, from before there was such a disk: there they stay.
    """
    disk = lab.local_disk(host)
    if disk.exists() or init_pid(lab, host):
        return
    fresh = disk.with_suffix(".new")
    with fresh.open("wb") as file:
        file.truncate(LOCAL_BYTES)
    run("mkfs.ext4", "-q", "-m", "0", fresh)
    fresh.rename(disk)


def wait(lab: Lab, host: str) -> None:
    """libvirt answers and the shared directory is mounted; a mount that was taken away is made again."""
    wait_for(f"libvirtd of {host}", lambda: answers(lab, host), 30)
    try:
        wait_for(f"{SHARED} on {host}", lambda: mounted(lab, host), 5)
    except LabError:
        tell(lab, host, "shared", "kill")
        wait_for(f"{SHARED} on {host}", lambda: mounted(lab, host), 30)


def restart(lab: Lab, host: str) -> None:
    """By SIGKILL; returns when another one answers."""
    old = inside(lab, host, "pidof", "libvirtd").split()
    tell(lab, host, "libvirtd", "kill")

    def anew() -> bool:
        return answers(lab, host) and inside(lab, host, "pidof", "libvirtd").split() != old

    wait_for(f"libvirtd of {host}", anew, 30)


def answers(lab: Lab, host: str) -> bool:
    """libvirtd answers on its socket."""
    return ok_inside(lab, host, "timeout", "5", "virsh", "-q", "-c", "qemu:///system", "uri")


def mounted(lab: Lab, host: str) -> bool:
    """The shared directory is there and answers."""
    command = f"mountpoint -q {SHARED} && stat {SHARED}"
    return ok_inside(lab, host, "timeout", "5", "sh", "-c", command)

"""One authority per lab, and a key pair for each who needs one; made by openssl, never left the machine."""

from pathlib import Path

from labkit.lab import Lab, Plane
from labkit.shell import run

DAYS = "825"


def authority(lab: Lab) -> Path:
    """Directory with the lab's ca.crt and ca.key."""
    return make_authority(lab.state / "pki", f"godwit-lab-{lab.name}")


def make_authority(place: Path, name: str) -> Path:
    """The same of any authority; made where it isn't there yet."""
    if (place / "ca.crt").exists():
        return place
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    _key(place / "ca.key")
    run(
        "openssl", "req", "-x509", "-new", "-key", place / "ca.key", "-out", place / "ca.crt.new",
        "-days", DAYS, "-subj", f"/CN={name}",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    (place / "ca.crt.new").rename(place / "ca.crt")
    return place


def pair(lab: Lab, name: str, subject: str, *alternatives: str) -> tuple[Path, Path]:
    """Certificate and key for `subject` (e.g. `/O=system:nodes/CN=system:node:host1`), for both usages."""
    return sign(authority(lab), name, subject, alternatives)


def sign(
    place: Path, name: str, subject: str, alternatives: tuple[str, ...], days: str = DAYS
) -> tuple[Path, Path]:
    """The same by the authority in `place`; negative `days`: it has ended already."""
    certificate, key = place / f"{name}.crt", place / f"{name}.key"
    if certificate.exists():
        return certificate, key
    _key(key)
    extensions = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
    extensions += "extendedKeyUsage=serverAuth,clientAuth\n"
    if alternatives:
        extensions += f"subjectAltName={','.join(alternatives)}\n"
    (place / f"{name}.ext").write_text(extensions)
    run("openssl", "req", "-new", "-key", key, "-subj", subject, "-out", place / f"{name}.csr")
    run(
        "openssl", "x509", "-req", "-in", place / f"{name}.csr", "-out", place / f"{name}.new", "-days", days,
        "-CA", place / "ca.crt", "-CAkey", place / "ca.key", "-CAcreateserial",
        "-CAserial", place / f"{name}.srl", "-extfile", place / f"{name}.ext",
    )  # fmt: skip
    (place / f"{name}.new").rename(certificate)
    return certificate, key


def host_pair(lab: Lab, host: str) -> tuple[Path, Path]:
    """What a host shows for libvirt and QEMU."""
    return pair(lab, host, f"/CN={host}", *host_names(lab, host))


def host_names(lab: Lab, host: str) -> tuple[str, ...]:
    """Its name, and its addresses on the data and api planes."""
    addresses = (lab.address(Plane.DATA, host), lab.address(Plane.API, host))
    return (f"DNS:{host}", *(f"IP:{address}" for address in addresses))


def _key(path: Path) -> None:
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    path.chmod(0o600)

"""Authorities and certificates for the tests, made by openssl as an admin makes them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

IS_AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"


@dataclass(frozen=True, slots=True)
class Pair:
    """Files of a certificate and of its key."""

    certificate: Path
    key: Path


def authority(place: Path, name: str, *, days: int = 100) -> Pair:
    """Negative `days`: it has ended already."""
    pair = _new_key(place, name, f"/CN={name}")
    return _signed(pair, pair, days, IS_AUTHORITY, "-signkey", pair.key)


def issued(by: Pair, name: str, extensions: str = "", *, subject: str = "", days: int = 100) -> Pair:
    """By that authority, beside it; `extensions` as in openssl's files."""
    pair = _new_key(by.key.parent, name, subject or f"/CN={name}")
    return _signed(pair, by, days, extensions, "-CA", by.certificate, "-CAkey", by.key, "-CAcreateserial")


def _new_key(place: Path, name: str, subject: str) -> Pair:
    place.mkdir(exist_ok=True)
    pair = Pair(place / f"{name}.pem", place / f"{name}.key")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pair.key)
    openssl("req", "-new", "-key", pair.key, "-subj", subject, "-out", pair.key.with_suffix(".csr"))
    return pair


def _signed(pair: Pair, by: Pair, days: int, extensions: str, *how: str | Path) -> Pair:
    asked, written = pair.key.with_suffix(".csr"), pair.key.with_suffix(".ext")
    written.write_text(extensions)
    openssl(
        "x509", "-req", "-in", asked, "-days", str(days), "-extfile", written, "-out", pair.certificate, *how
    )
    return pair


def openssl(*argv: str | Path) -> None:
    subprocess.run(["openssl", *argv], check=True, capture_output=True)

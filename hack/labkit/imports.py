"""How an image comes to a node: as an OCI archive of what the node lacks, since most layers never change."""

import io
import json
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from labkit import containers
from labkit.box import enter, inside
from labkit.containers import CTR
from labkit.image import Image, layout
from labkit.lab import Lab
from labkit.shell import LabError, say

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def import_everywhere(lab: Lab, nodes: list[str], image: Image) -> None:
    """Into each node's containerd that lacks it, side by side."""
    with ThreadPoolExecutor() as importers:
        list(importers.map(lambda node: _import(lab, node, image), nodes))


def _import(lab: Lab, node: str, image: Image) -> None:
    containers.wait(lab, node)
    if image.name in inside(lab, node, *CTR, "images", "ls", "-q").split():
        return
    has = set(inside(lab, node, *CTR, "content", "ls", "-q").split())
    command = enter(lab, node, *CTR, "images", "import", "-")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as ctr:
        if ctr.stdin and ctr.stderr:
            try:
                with ctr.stdin as archive:
                    write_archive(image, layout(), has, archive)
            except BrokenPipeError:
                say(f"{node} took only a part of {image.name}")
            said = ctr.stderr.read().decode().strip()
    if ctr.returncode:
        raise LabError(f"{node} does not take {image.name}: {said}")


def write_archive(image: Image, source: Path, has: set[str], archive: IO[bytes]) -> None:
    """Stream an OCI archive of `image` that leaves out the layers among the digests `has`."""
    text = _blob(source, image.digest).read_bytes()
    manifest = json.loads(text)
    named = {"io.containerd.image.name": image.name}
    entry = {"mediaType": OCI_MANIFEST, "digest": image.digest, "size": len(text), "annotations": named}
    layers = [layer["digest"] for layer in manifest["layers"] if layer["digest"] not in has]
    with tarfile.open(fileobj=archive, mode="w|") as tar:
        _add(tar, "oci-layout", {"imageLayoutVersion": "1.0.0"})
        _add(tar, "index.json", {"schemaVersion": 2, "manifests": [entry]})
        for digest in (image.digest, manifest["config"]["digest"], *layers):
            blob = _blob(source, digest)
            tar.add(blob, str(blob.relative_to(source)))


def _blob(source: Path, digest: str) -> Path:
    return source / "blobs" / digest.replace(":", "/")


def _add(tar: tarfile.TarFile, name: str, content: dict[str, object]) -> None:
    text = json.dumps(content).encode()
    member = tarfile.TarInfo(name)
    member.size = len(text)
    tar.addfile(member, io.BytesIO(text))

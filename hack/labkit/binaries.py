"""The cluster's binaries, built from their Go modules by the ordinary client."""

import json
import os
import re
import shutil
import time
from pathlib import Path

from labkit.cache import built, digest
from labkit.machine import need_go
from labkit.shell import run, say

KUBERNETES = "1.36.3"
HELM = "4.3.1"
COMMANDS = ("kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
BUILD_SECONDS = 1800


def binaries() -> Path:
    """Directory with kubectl, helm and the control plane."""
    return built(f"bin-{digest(KUBERNETES, HELM)}", _build)


def go_mod(kubernetes_go_mod: str) -> str:
    """A module that requires Kubernetes and takes each of its staging modules at that one's own version."""
    staging = sorted(set(re.findall(r"(k8s\.io/[a-z0-9-]+) => \./staging", kubernetes_go_mod)))
    version = "v0." + KUBERNETES.split(".", 1)[1]
    replaced = "".join(f"\t{name} => {name} {version}\n" for name in staging)
    return (
        f"module lab/tools\n\ngo 1.26\n\nrequire k8s.io/kubernetes v{KUBERNETES}\n\nreplace (\n{replaced})\n"
    )


def _build(place: Path) -> None:
    need_go()
    environment = {**os.environ, "CGO_ENABLED": "0"}
    module = place / "module"
    module.mkdir()
    (module / "go.mod").write_text("module lab/tools\n")
    wanted = f"k8s.io/kubernetes@v{KUBERNETES}"
    say(f"  go mod download {wanted}")
    answer = json.loads(run("go", "mod", "download", "-json", wanted, cwd=module, timeout_seconds=900))
    (module / "go.mod").write_text(go_mod(Path(answer["GoMod"]).read_text()))
    imports = "\n".join(f'\t_ "k8s.io/kubernetes/cmd/{command}"' for command in COMMANDS)
    (module / "tools.go").write_text(f"//go:build tools\n\npackage tools\n\nimport (\n{imports}\n)\n")
    run("go", "mod", "tidy", cwd=module, env=environment, timeout_seconds=900)
    stamp = "k8s.io/component-base/version"
    major, minor, _ = KUBERNETES.split(".")
    stamps = {"gitVersion": f"v{KUBERNETES}", "gitMajor": major, "gitMinor": minor}
    flags = "-s -w " + " ".join(f"-X {stamp}.{name}={value}" for name, value in stamps.items())
    for command in COMMANDS:
        began = time.monotonic()
        run(
            "go", "build", "-trimpath", "-ldflags", flags, "-o", place / command,
            f"k8s.io/kubernetes/cmd/{command}",
            cwd=module, env=environment, timeout_seconds=BUILD_SECONDS,
        )  # fmt: skip
        say(f"  {command} {KUBERNETES}: {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    run(
        "go", "install", "-trimpath", "-ldflags", "-s -w", f"helm.sh/helm/v4/cmd/helm@v{HELM}",
        env={**environment, "GOBIN": str(place)}, timeout_seconds=BUILD_SECONDS,
    )  # fmt: skip
    say(f"  helm {HELM}: {time.monotonic() - began:.0f} s")
    shutil.rmtree(module)

"""How a process comes to the API server: by the token of its pod, or by a kubeconfig outside of one.

The kubelet renews a pod's token in its file before it ends; the client reads that file again once a minute.
"""

from pathlib import Path

from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import load_incluster_config, load_kube_config
from kubernetes.aio.config.config_exception import ConfigException


class NotConnectedError(Exception):
    """Nothing says where the API server is or who we are; `str()` says what was looked for."""


async def connect(kubeconfig: Path | None = None) -> ApiClient:
    """A client that has not asked anything yet; without `kubeconfig` as the pod that this process runs in."""
    configuration = Configuration()
    try:
        if kubeconfig is None:
            load_incluster_config(configuration)  # type: ignore[no-untyped-call]  # the client has no types here
        else:
            await load_kube_config(  # type: ignore[no-untyped-call]  # the client has no types here
                config_file=str(kubeconfig), client_configuration=configuration, persist_config=False
            )
    except (ConfigException, OSError) as problem:
        where = "the pod's service account" if kubeconfig is None else str(kubeconfig)
        raise NotConnectedError(f"no way to the API server by {where}: {problem}") from problem
    return ApiClient(configuration)

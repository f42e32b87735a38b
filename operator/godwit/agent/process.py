"""The agent's process: what runs in it, and in which order it comes and goes.

Lost libvirt or API server end nothing here: each part tries again for ever. A killed agent leaves its
migrations running, since they are the two libvirtds'; the next one adopts them.
"""

import secrets
from collections.abc import Mapping

from godwit.agent.contact import HostContacts
from godwit.agent.parts import Parts
from godwit.agent.qemu_certificate import QEMUCertificateFiles
from godwit.agent.road import TLSRoads
from godwit.api.constants import GROUP, VERSION, Resource
from godwit.cluster.adapter import Cluster
from godwit.hypervisor.adapter import Libvirt
from godwit.runtime.health import HealthServer, dead_watch, stuck
from godwit.runtime.kind import Kind
from godwit.runtime.process import run_until_signal
from godwit.runtime.settings import AgentSettings
from godwit.runtime.watch import Watcher
from godwit.telemetry.logs import configure
from godwit.telemetry.metrics import AgentMetrics


async def main(environment: Mapping[str, str]) -> None:
    """Until SIGTERM; raises `SettingsError` at once when the environment is wrong."""
    settings = AgentSettings.parse(environment)
    configure(settings.log_level)
    await run(settings)


async def run(settings: AgentSettings) -> None:
    """All parts, until a signal."""
    metrics = AgentMetrics(settings.version)
    cluster = Cluster(settings.namespace, "agent", settings.node_name, metrics.api_write)
    libvirt = Libvirt(
        settings.libvirt_uri,
        mountinfo=settings.mountinfo,
        observe=metrics.libvirt_call,
        image_directories=settings.image_directories,
    )
    port = settings.migration_port
    roads = TLSRoads(settings.authorities, settings.client_certificate, migration_port=port)
    contacts = HostContacts(port)
    certificates = QEMUCertificateFiles(settings.qemu_server_certificate, settings.qemu_client_certificate)
    parts = Parts(cluster, libvirt, certificates, roads, contacts, settings, secrets.token_hex(4), metrics)
    own = f"metadata.name={settings.node_name}"
    watcher = Watcher(
        {
            Kind(GROUP, VERSION, Resource.TASK.plural): parts.tasks,
            Kind(GROUP, VERSION, Resource.HYPERVISOR.plural, own): parts.hypervisors,
        },
        settings.namespace,
    )

    def libvirt_is_lost() -> str | None:
        return None if libvirt.connected else f"no connection to {settings.libvirt_uri}"

    health = HealthServer(
        metrics.registry,
        healthz={
            "tasks": stuck("the tasks' loop", parts.loops.busy_seconds),
            "watch": dead_watch(watcher.answered_seconds_ago, parts.heart.beats),
        },
        readyz={"libvirt": libvirt_is_lost, "API server": watcher.trouble},
        host=settings.metrics_host,
        port=settings.metrics_port,
    )
    await cluster.start()
    await libvirt.start()
    async with health:
        try:
            await run_until_signal({"watch": watcher.run, **parts.jobs})
        finally:
            await libvirt.close()
            await cluster.close()

"""What a plan means for libvirt: the one call that begins the job."""

from godwit.domain.guest import Marks
from godwit.domain.plan import Plan, Switchover
from godwit.domain.says import attempt_mark
from godwit.domain.storage import bandwidth
from godwit.domain.task import Task
from godwit.hypervisor.ports import MigrationRequest


def migration_request(task: Task, plan: Plan, devices_digest: str) -> MigrationRequest:
    """What the plan means for libvirt."""
    return MigrationRequest(
        uuid=task.spec.vm.uuid,
        destination_uri=plan.destination_uri,
        migrate_uri=plan.migrate_uri,
        live_marks=Marks(run=plan.run_mark, attempt=attempt_mark(task)),
        devices_digest=devices_digest,
        persistent=plan.persistent,
        paused_at_destination=plan.switchover is Switchover.STRICT,
        unsafe=plan.unsafe,
        auto_converge=plan.auto_converge,
        copies=plan.copies,
        ejected=plan.ejected,
        synchronous_writes=plan.synchronous_writes,
        bandwidth_mebibytes_per_second=_first_share(task, plan),
    )


def _first_share(task: Task, plan: Plan) -> int | None:
    """Without copies the memory's limit is set already."""
    limits = task.spec.limits
    if limits is None or not plan.copies:
        return None
    return bandwidth.at_first(limits.bandwidth_mebibytes_per_second, len(plan.copies))

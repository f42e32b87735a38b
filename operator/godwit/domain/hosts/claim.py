"""A host takes a step only for the migration that holds the claim on the VM."""

from godwit.domain.hosts.view import HostView
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure


def not_ours(view: HostView) -> Failure | None:
    """Why the step can't be taken; None when the claim is ours, or was not asked for."""
    if view.claimed is not False:
        return None
    return Failure(
        Reason.CLAIMED_BY_ANOTHER, f"the claim on VM {view.task.spec.vm.name} names another migration"
    )

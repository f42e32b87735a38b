"""What the destination is told to listen for, once the source has said that it is able to call."""

from godwit.domain.contact import MOST_SPANS, ContactOrder, Offer, Span, token_for
from godwit.domain.guest import GuestFacts
from godwit.domain.host import Hypervisor
from godwit.domain.observation import Observation
from godwit.domain.places import place
from godwit.domain.steps.words import attempt_of


def order(observation: Observation) -> ContactOrder | None:
    """None where the source's agent is too old to call, or the destination has no address."""
    task, to = observation.source, observation.migration.status.destination
    offer, guest = (task.status.offer, task.status.facts) if task else (None, None)
    host = observation.hypervisor(to.hypervisor) if to else None
    here = observation.hypervisor(task.spec.node_name) if task else None
    if offer is None or guest is None or host is None or here is None or not host.migration_address:
        return None
    token = token_for(offer, attempt_of(observation).destination_task)
    spans = _spans(offer, guest, here.seen(task.status.host if task else None), host)
    return ContactOrder(token, host.migration_address, spans)


def _spans(offer: Offer, guest: GuestFacts, source: Hypervisor, destination: Hypervisor) -> tuple[Span, ...]:
    """Only where a frame can tell something: not where the admin has spoken, nor on what leads nowhere here.

    What the destination has told of its own may be old: it finds out itself whether it can listen there.
    """
    if offer.no_frames:
        return ()
    found: dict[Span, None] = {}
    for interface in guest.interfaces or ():
        here, there = place(interface, source), place(interface, destination)
        if here is None or there is None or here.alone or here.gone or here.cut:
            continue
        if here.link and there.link and not (here.segment and there.segment):
            found[Span(here.link, there.link)] = None
    return tuple(found)[:MOST_SPANS]

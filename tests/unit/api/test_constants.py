from godwit.api.constants import Resource, claim_lease, heartbeat_lease, heartbeat_node


def test_a_claims_lease_is_named_by_the_vm() -> None:
    assert claim_lease("c0ffee") == "vm-c0ffee"


def test_the_node_is_read_back_from_the_name_of_its_sign_of_life() -> None:
    assert heartbeat_node(heartbeat_lease("host1")) == "host1"


def test_a_claim_is_no_sign_of_life() -> None:
    assert heartbeat_node(claim_lease("c0ffee")) is None


def test_a_node_may_be_named_like_the_leases() -> None:
    assert heartbeat_node(heartbeat_lease("hypervisor-1")) == "hypervisor-1"


def test_plurals_are_those_of_the_urls() -> None:
    assert [r.plural for r in Resource] == ["vmmigrations", "migrationtasks", "hypervisors"]

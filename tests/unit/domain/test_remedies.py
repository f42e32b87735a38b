import pytest

from godwit.domain.reasons import Reason
from godwit.domain.remedies import remedy


@pytest.mark.parametrize("reason", list(Reason))
def test_a_remedy_is_a_sentence_that_ends_a_message_or_nothing(reason: Reason) -> None:
    said = remedy(reason)
    assert not said or (said.startswith(". ") and said[2].isupper() and not said.endswith("."))


def test_a_certificate_that_is_unknown_says_what_both_hosts_need() -> None:
    assert "certificates" in remedy(Reason.TLS_FAILED)
    assert remedy(Reason.LIBVIRT_ERROR) == ""

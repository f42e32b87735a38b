"""Small texts that the lab reads and writes: containers' logs, go.mod, links' rates, the chart's values."""

import pytest

from labkit.binaries import KUBERNETES, go_mod
from labkit.chart import values
from labkit.guest.agent import parse
from labkit.image import Image
from labkit.lab import Lab
from labkit.links import burst_bytes
from labkit.logs import of_container
from labkit.shell import LabError

STAMP = "2026-01-02T03:04:05.678901234Z"
KUBERNETES_GO_MOD = """module k8s.io/kubernetes

require k8s.io/klog/v2 v2.130.1

replace (
\tk8s.io/api => ./staging/src/k8s.io/api
\tk8s.io/component-base => ./staging/src/k8s.io/component-base
)
"""


def test_a_containers_line_is_shown_without_what_the_runtime_put_before_it() -> None:
    assert of_container(f"{STAMP} stdout F hello world\n") == "hello world\n"
    assert of_container(f"{STAMP} stderr F \n") == "\n"


def test_the_parts_of_a_long_line_are_put_together() -> None:
    parts = [f"{STAMP} stdout P begin, \n", f"{STAMP} stdout P middle, \n", f"{STAMP} stdout F end\n"]
    assert "".join(map(of_container, parts)) == "begin, middle, end\n"


def test_a_line_of_another_form_is_shown_as_it_is() -> None:
    assert of_container("what is this\n") == "what is this\n"


def test_each_staging_module_is_taken_at_kubernetes_own_version_and_nothing_else_is() -> None:
    text = go_mod(KUBERNETES_GO_MOD)
    version = f"v0.{KUBERNETES.partition('.')[2]}"
    assert f"require k8s.io/kubernetes v{KUBERNETES}\n" in text
    assert f"\tk8s.io/api => k8s.io/api {version}\n" in text
    assert f"\tk8s.io/component-base => k8s.io/component-base {version}\n" in text
    assert "klog" not in text


@pytest.mark.parametrize(
    ("rate", "bytes_"),
    [("1gbit", 1_250_000), ("200mbit", 250_000), ("100kbit", 64 * 1024), ("8mbit", 64 * 1024)],
)
def test_a_burst_is_ten_milliseconds_but_a_large_packet_at_least(rate: str, bytes_: int) -> None:
    assert burst_bytes(rate) == bytes_


@pytest.mark.parametrize("rate", ["", "0mbit", "200", "200Mbit", "1.5gbit", "-1mbit", "fast", "200mbit\n"])
def test_a_rate_that_is_none_is_refused_by_name_with_an_example(rate: str) -> None:
    with pytest.raises(LabError) as refused:
        burst_bytes(rate)
    assert f"--rate {rate!r}" in str(refused.value)
    assert "200mbit" in str(refused.value)


def test_a_guests_answer_is_a_word_and_its_fields() -> None:
    line = parse("memory pages=2112 bad=0 first=0")
    assert line.kind == "memory"
    assert (line.number("pages"), line.fields) == (2112, {"pages": "2112", "bad": "0", "first": "0"})


def test_the_chart_gets_exactly_the_image_that_was_built_and_the_labs_own_network() -> None:
    given = values(Lab("m", 5), Image("localhost/godwit:abc", "sha256:0"))
    assert given["image"] == {"repository": "localhost/godwit", "tag": "abc", "pullPolicy": "Never"}
    agent = given["agent"]
    assert isinstance(agent, dict)
    assert agent["migrationCIDR"] == "10.69.1.0/24"
    assert agent["imageDirectories"] == ["/var/lib/godwit/shared", "/var/lib/godwit/local"]

"""What is made of libvirt's answers; that they are so, tests/contract/hypervisor/test_guest_cpu.py shows."""

from collections.abc import Callable

import libvirt
import pytest

from godwit.domain.guest_cpu import CPUFit, CPUMode, CPUVerdict, GuestCPU
from godwit.hypervisor import guestcpu
from godwit.hypervisor.xml import parse

INCOMPATIBLE, INTERNAL, INVALID = 91, 1, 8
LACKS = "the CPU is incompatible with host CPU: Host CPU does not provide required features: "
LIVE = """<domain type='qemu'>
  <os><type arch='x86_64' machine='pc-i440fx-10.0'>hvm</type></os>
  <cpu mode='custom' match='exact' check='full'>
    <model fallback='forbid'>EPYC</model>
    <topology sockets='2' dies='1' clusters='1' cores='2' threads='2'/>
    <feature policy='require' name='x2apic'/>
    <feature policy='force' name='rdpid'/>
    <feature name='fsrm'/>
    <feature policy='disable' name='vme'/>
    <feature policy='forbid' name='svm'/>
  </cpu>
  <devices><emulator>/usr/bin/qemu</emulator></devices>
</domain>"""


class Asked:
    """A libvirt that knows one emulator and machine type, and gives the answers that a test wants."""

    def __init__(self, answer: Callable[[str], int], *, alive: bool = True) -> None:
        self._answer = answer
        self._alive = alive
        self.calls: list[tuple[str | None, str | None]] = []

    def isAlive(self) -> bool:  # noqa: N802 - libvirt's name
        return self._alive

    def compareHypervisorCPU(  # noqa: N802 - libvirt's name
        self, emulator: str | None, arch: str, machine: str | None, kind: str, cpu: str, flags: int
    ) -> int:
        assert (arch, kind, flags) == ("x86_64", "qemu", libvirt.VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE)
        self.calls.append((emulator, machine))
        if machine == "pc-unknown":
            raise refusal(INVALID, f"invalid argument: the machine '{machine}' is not supported")
        return self._answer(cpu)


def refusal(code: int, text: str) -> libvirt.libvirtError:
    error = libvirt.libvirtError(text)
    error.err = (code, 0, text, 2, "", "", "", 0, 0)
    return error


def saying(code: int, text: str) -> Callable[[str], int]:
    def answer(_: str) -> int:
        raise refusal(code, text)

    return answer


def judged(answer: Callable[[str], int], definition: str = LIVE) -> CPUVerdict | None:
    return guestcpu.compared(Asked(answer), parse(definition))


def test_a_definition_tells_mode_model_features_and_topology() -> None:
    assert guestcpu.seen(parse(LIVE)) == GuestCPU(
        CPUMode.CUSTOM,
        emulated=True,
        model="EPYC",
        features=("fsrm", "rdpid", "x2apic"),
        disabled=("svm", "vme"),
        threads_per_socket=4,
    )


@pytest.mark.parametrize(
    ("cpu", "mode"),
    [
        ("", CPUMode.NONE),
        ("<cpu/>", CPUMode.CUSTOM),
        ("<cpu mode='host-model'/>", CPUMode.HOST_MODEL),
        ("<cpu mode='host-passthrough'/>", CPUMode.HOST_PASSTHROUGH),
        ("<cpu mode='maximum'/>", CPUMode.MAXIMUM),
        ("<cpu mode='of-the-future'/>", CPUMode.OTHER),
    ],
)
def test_every_mode_is_told(cpu: str, mode: CPUMode) -> None:
    assert guestcpu.seen(parse(f"<domain type='kvm'>{cpu}</domain>")) == GuestCPU(mode)


@pytest.mark.parametrize(
    ("clock", "hertz"),
    [
        ("<timer name='tsc' frequency='2100000000' mode='native'/>", 2_100_000_000),
        ("<timer name='tsc' present='yes'/><timer name='hpet' present='no'/>", 0),
        ("<timer name='tsc'/><timer name='tsc' frequency='3'/><timer name='tsc' frequency='4'/>", 3),
    ],
)
def test_the_frequency_of_the_counter_stands_in_the_clock(clock: str, hertz: int) -> None:
    for cpu in ("", "<cpu mode='maximum'/>"):
        domain = f"<domain type='kvm'>{cpu}<clock offset='utc'>{clock}</clock></domain>"
        assert guestcpu.seen(parse(domain)).tsc_hertz == hertz


def test_what_is_not_held_back_of_the_hosts_cpu_is_told() -> None:
    own = "<domain type='kvm'><cpu mode='host-passthrough' migratable='{}'/></domain>"
    assert [guestcpu.seen(parse(own.format(word))).migratable for word in ("on", "off")] == [True, False]


@pytest.mark.parametrize("cpu", ["", "<cpu mode='host-passthrough'/>", "<cpu mode='maximum'/>"])
def test_a_cpu_without_a_name_is_not_asked_about(cpu: str) -> None:
    assert judged(lambda _: 2, f"<domain type='qemu'>{cpu}</domain>") is None


@pytest.mark.parametrize(
    ("answer", "fit"), [(0, CPUFit.INCOMPATIBLE), (1, CPUFit.IDENTICAL), (2, CPUFit.SUPERSET)]
)
def test_an_answer_is_told_as_it_is(answer: int, fit: CPUFit) -> None:
    assert judged(lambda _: answer) == CPUVerdict(fit)


def test_missing_features_are_read_off_the_end_of_the_text() -> None:
    text = f"{LACKS}x2apic, sse4.1, avx512-vpopcntdq"
    found = judged(saying(INCOMPATIBLE, text))
    assert found == CPUVerdict(CPUFit.INCOMPATIBLE, ("x2apic", "sse4.1", "avx512-vpopcntdq"), text)


@pytest.mark.parametrize("text", ["CPU vendors don't match", "Host CPU provides forbidden features: svm"])
def test_what_is_no_missing_feature_is_text_alone(text: str) -> None:
    said = f"the CPU is incompatible with host CPU: {text}"
    assert judged(saying(INCOMPATIBLE, said)) == CPUVerdict(CPUFit.INCOMPATIBLE, (), said)


def test_of_a_strict_match_nobody_knows_which_way_the_features_differ() -> None:
    found = judged(saying(INCOMPATIBLE, f"{LACKS}avx"), LIVE.replace("'exact'", "'strict'"))
    assert found == CPUVerdict(CPUFit.INCOMPATIBLE, (), f"{LACKS}avx")


def test_features_that_an_older_libvirt_has_never_heard_of_are_missing_with_the_others() -> None:
    def answer(cpu: str) -> int:
        for name in ("fsrm", "rdpid"):
            if name in cpu:
                raise refusal(INTERNAL, f"internal error: Unknown CPU feature {name}")
        raise refusal(INCOMPATIBLE, f"{LACKS}x2apic")

    found = judged(answer)
    assert found == CPUVerdict(CPUFit.INCOMPATIBLE, ("fsrm", "rdpid", "x2apic"), f"{LACKS}x2apic")


def test_and_alone_where_nothing_else_is_missing() -> None:
    def answer(cpu: str) -> int:
        if "fsrm" in cpu:
            raise refusal(INTERNAL, "internal error: Unknown CPU feature fsrm")
        return 2

    assert judged(answer) == CPUVerdict(CPUFit.INCOMPATIBLE, ("fsrm",), "libvirt doesn't know fsrm")


def test_a_model_that_libvirt_does_not_know_does_not_fit() -> None:
    text = "internal error: Unknown CPU model EPYC"
    assert judged(saying(INTERNAL, text)) == CPUVerdict(CPUFit.INCOMPATIBLE, (), text)


def test_any_other_error_leaves_it_open() -> None:
    text = "this function is not supported by the connection driver: for sparc"
    assert judged(saying(3, text)) == CPUVerdict(CPUFit.UNKNOWN, (), text)


def test_a_machine_type_that_is_not_there_hides_no_feature() -> None:
    host = Asked(saying(INCOMPATIBLE, f"{LACKS}rdpid"))
    found = guestcpu.compared(host, parse(LIVE.replace("pc-i440fx-10.0", "pc-unknown")))
    assert host.calls == [("/usr/bin/qemu", "pc-unknown"), (None, None)]
    assert found is not None
    assert found.missing == ("rdpid",)


def test_what_failed_because_the_connection_is_lost_is_no_answer() -> None:
    with pytest.raises(libvirt.libvirtError):
        guestcpu.compared(Asked(saying(38, "end of file"), alive=False), parse(LIVE))


def test_of_a_guest_libvirt_is_asked_on_its_own_host_what_it_can_judge() -> None:
    cpu = guestcpu.of(Asked(saying(INCOMPATIBLE, f"{LACKS}ht")), parse(LIVE))
    assert (cpu.model, cpu.unjudged) == ("EPYC", ("ht",))
    assert guestcpu.of(Asked(lambda _: 2), parse(LIVE)).unjudged == ()


@pytest.mark.parametrize(
    "inside",
    ["<a>" * 20000 + "</a>" * 20000, "<feature name='x'/>" * 2000],
    ids=["deep", "many"],
)
def test_a_cpu_that_no_libvirt_wrote_is_answered_and_asks_nothing(inside: str) -> None:
    host = Asked(lambda _: 2)
    found = guestcpu.compared(host, parse(f"<domain type='qemu'><cpu>{inside}</cpu></domain>"))
    assert found is not None
    assert (found.fit, bool(found.text)) == (CPUFit.UNKNOWN, True)
    assert host.calls == []


def test_the_definition_that_is_sent_has_the_live_cpu_and_is_the_same_otherwise() -> None:
    migratable = (
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
        "<metadata><o:note xmlns:o='urn:o'>&lt;cpu/&gt;</o:note></metadata>"
        "<cpu mode='host-model'/><devices><emulator>/usr/bin/qemu</emulator></devices>"
        "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline></domain>"
    )
    sent = parse(guestcpu.with_live_cpu(migratable, LIVE))
    assert [cpu.findtext("./model") for cpu in sent.findall("./cpu")] == ["EPYC"]
    assert sent.findtext("./metadata/{urn:o}note") == "<cpu/>"
    assert sent.findtext("./devices/emulator") == "/usr/bin/qemu"
    namespace = "{http://libvirt.org/schemas/domain/qemu/1.0}"
    assert sent.find(f"./{namespace}commandline/{namespace}arg") is not None


def test_without_a_live_cpu_it_is_sent_as_it_is() -> None:
    assert guestcpu.with_live_cpu("<domain><cpu/></domain>", "<domain/>") == "<domain><cpu/></domain>"

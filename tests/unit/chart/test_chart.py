"""What helm makes of the chart, without a cluster."""

import tomllib
from collections.abc import Callable

import pytest
import yaml

from godwit import __version__

from .conftest import REPOSITORY, Helm, Resource, Resources


def pod(resource: Resource) -> Resource:
    spec: Resource = resource["spec"]["template"]["spec"]
    return spec


def container(resource: Resource) -> Resource:
    (only,) = pod(resource)["containers"]
    return dict(only)


def environment(resource: Resource) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container(resource)["env"] if "value" in entry}


@pytest.fixture
def operator(chart: Resources) -> Resource:
    return chart["Deployment", "godwit-operator"]


@pytest.fixture
def agent(chart: Resources) -> Resource:
    return chart["DaemonSet", "godwit-agent"]


def test_helm_finds_nothing_to_say_about_the_chart(helm: Helm) -> None:
    done = helm("lint", "--strict", "charts/godwit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout


def test_chart_and_program_have_one_version() -> None:
    description = yaml.safe_load((REPOSITORY / "charts/godwit/Chart.yaml").read_text())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert {description["version"], description["appVersion"], project["version"]} == {__version__}


def test_every_definition_is_rendered_as_it_is_and_kept_on_uninstall(chart: Resources) -> None:
    sources = [yaml.safe_load(path.read_text()) for path in (REPOSITORY / "crds").glob("*.yaml")]
    assert sources
    for source in sources:
        source["metadata"].setdefault("annotations", {})["helm.sh/resource-policy"] = "keep"
        assert chart["CustomResourceDefinition", source["metadata"]["name"]] == source


def test_definitions_can_be_left_to_others(render: Callable[..., Resources]) -> None:
    assert not [name for kind, name in render(crds={"install": False}) if kind == "CustomResourceDefinition"]


def test_the_operator_pod_is_restricted(operator: Resource) -> None:
    security = pod(operator)["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(operator)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "volumes"} & pod(operator).keys()


def test_the_operator_leaves_a_lost_node_after_ten_seconds_whatever_else_it_tolerates(
    render: Callable[..., Resources],
) -> None:
    mine = {"key": "dedicated", "operator": "Exists"}
    tolerations = pod(render(operator={"tolerations": [mine]})["Deployment", "godwit-operator"])[
        "tolerations"
    ]
    assert mine in tolerations
    leaves = {t["key"]: t["tolerationSeconds"] for t in tolerations if t.get("effect") == "NoExecute"}
    assert leaves == {"node.kubernetes.io/not-ready": 10, "node.kubernetes.io/unreachable": 10}


def test_two_operators_are_never_wanted_at_once(operator: Resource) -> None:
    assert operator["spec"]["replicas"] == 1
    assert operator["spec"]["strategy"] == {"type": "Recreate"}


def test_the_agent_is_root_without_any_of_roots_powers(agent: Resource) -> None:
    assert pod(agent)["securityContext"]["runAsUser"] == 0
    assert pod(agent)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(agent)["securityContext"] == {
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostPID", "hostIPC"} & pod(agent).keys()


def test_the_agent_gets_the_power_to_send_frames_where_the_admin_says_so_and_no_other(
    render: Callable[..., Resources],
) -> None:
    agent = render(agent={"packetSocket": True})["DaemonSet", "godwit-agent"]
    security = container(agent)["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}
    assert not security["privileged"]


def test_the_agent_opens_the_port_that_the_admin_says(
    agent: Resource, render: Callable[..., Resources]
) -> None:
    assert environment(agent)["GODWIT_MIGRATION_PORT"] == "49215"
    other = render(agent={"migrationPort": 49300})["DaemonSet", "godwit-agent"]
    assert environment(other)["GODWIT_MIGRATION_PORT"] == "49300"


def test_the_agent_sees_of_its_host_only_what_it_needs_and_can_change_none_of_it(
    render: Callable[..., Resources],
) -> None:
    values = {"imageDirectories": ["/images", "/srv/more"], "libvirtSocketDirectory": "/var/run/virt"}
    agent = render(agent=values)["DaemonSet", "godwit-agent"]
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod(agent)["volumes"]}
    mounts = container(agent)["volumeMounts"]
    assert {mount["mountPath"]: paths[mount["name"]] for mount in mounts} == {
        "/run/libvirt": "/var/run/virt",
        "/host/mountinfo": "/proc/1/mountinfo",
        "/images": "/images",
        "/srv/more": "/srv/more",
    }
    assert all(mount["readOnly"] for mount in mounts)
    assert environment(agent)["GODWIT_IMAGE_DIRECTORIES"] == "/images:/srv/more"
    assert environment(agent)["GODWIT_MOUNTINFO"] == "/host/mountinfo"


def test_the_agent_sees_images_where_its_host_does_also_on_file_systems_that_are_mounted_later(
    render: Callable[..., Resources],
) -> None:
    directories = ["/images", "/srv/more"]
    agent = render(agent={"imageDirectories": directories})["DaemonSet", "godwit-agent"]
    volumes = {volume["name"]: volume["hostPath"] for volume in pod(agent)["volumes"]}
    mounts = [mount for mount in container(agent)["volumeMounts"] if mount["name"].startswith("images-")]
    assert [mount["mountPath"] for mount in mounts] == directories
    for mount in mounts:
        assert volumes[mount["name"]] == {"path": mount["mountPath"], "type": "Directory"}
        assert (mount["readOnly"], mount["mountPropagation"]) == (True, "HostToContainer")


def test_an_agent_that_is_given_no_directory_for_images_sees_none(render: Callable[..., Resources]) -> None:
    agent = render(agent={"imageDirectories": []})["DaemonSet", "godwit-agent"]
    assert {volume["name"] for volume in pod(agent)["volumes"]} == {"libvirt", "mountinfo"}
    assert environment(agent)["GODWIT_IMAGE_DIRECTORIES"] == ""


def test_the_agent_sees_the_certificates_that_it_is_told_of_as_files_and_no_key_beside_them(
    render: Callable[..., Resources],
) -> None:
    files = {
        "caFile": "/etc/pki/CA/cacert.pem",
        "clientCertificateFile": "/etc/pki/libvirt/clientcert.pem",
        "qemuServerCertificateFile": "/etc/pki/qemu/server-cert.pem",
        "qemuClientCertificateFile": "/etc/pki/qemu/client-cert.pem",
    }
    agent = render(agent={"pki": files})["DaemonSet", "godwit-agent"]
    volumes = {volume["name"]: volume["hostPath"] for volume in pod(agent)["volumes"]}
    mounts = {mount["mountPath"]: mount for mount in container(agent)["volumeMounts"]}
    for file in files.values():
        assert volumes[mounts[file]["name"]] == {"path": file, "type": "File"}
        assert mounts[file]["readOnly"]
    assert environment(agent)["GODWIT_CA_FILE"] == files["caFile"]
    assert environment(agent)["GODWIT_CLIENT_CERTIFICATE_FILE"] == files["clientCertificateFile"]
    for end in ("SERVER", "CLIENT"):
        told = environment(agent)[f"GODWIT_QEMU_{end}_CERTIFICATE_FILE"]
        assert told == files[f"qemu{end.title()}CertificateFile"]


def test_a_certificate_that_may_be_missing_on_a_host_is_mounted_only_on_demand(
    agent: Resource, render: Callable[..., Resources]
) -> None:
    one = render(agent={"pki": {"caFile": "/ca.pem"}})["DaemonSet", "godwit-agent"]
    assert {volume["name"] for volume in pod(one)["volumes"]} - {
        volume["name"] for volume in pod(agent)["volumes"]
    } == {"ca-file"}
    assert environment(agent)["GODWIT_CA_FILE"] == ""


def test_the_agent_runs_where_the_admin_says(render: Callable[..., Resources]) -> None:
    taint = {"key": "hypervisor", "operator": "Exists", "effect": "NoSchedule"}
    agent = render(agent={"nodeSelector": {"rack": "a"}, "tolerations": [taint]})["DaemonSet", "godwit-agent"]
    assert pod(agent)["nodeSelector"] == {"godwit.dev/hypervisor": "true", "rack": "a"}
    assert pod(agent)["tolerations"] == [taint]


@pytest.mark.parametrize("who", [("Deployment", "godwit-operator"), ("DaemonSet", "godwit-agent")])
def test_processes_learn_namespace_and_version(chart: Resources, who: tuple[str, str]) -> None:
    names = {entry["name"] for entry in container(chart[who])["env"]}
    assert {"GODWIT_NAMESPACE", "GODWIT_IMAGE_VERSION", "GODWIT_METRICS_PORT"} <= names
    assert container(chart[who])["ports"][0]["name"] == "metrics"
    assert environment(chart[who])["GODWIT_METRICS_PORT"] == str(
        container(chart[who])["ports"][0]["containerPort"]
    )
    assert environment(chart[who])["GODWIT_IMAGE_VERSION"] == __version__


def test_a_digest_wins_over_the_tag(render: Callable[..., Resources]) -> None:
    digest = "sha256:" + "0" * 64
    chart = render(image={"repository": "registry.example/godwit", "tag": "1.2", "digest": digest})
    images = {
        container(chart[who])["image"]
        for who in (("Deployment", "godwit-operator"), ("DaemonSet", "godwit-agent"))
    }
    assert images == {f"registry.example/godwit@{digest}"}


def test_metrics_objects_are_made_only_on_demand(chart: Resources, render: Callable[..., Resources]) -> None:
    demanded = {
        "service": {"enabled": True},
        "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    }
    more = render(metrics=demanded)
    assert more.keys() - chart.keys() == {("Service", "godwit-operator-metrics"), ("PodMonitor", "godwit")}
    assert more["PodMonitor", "godwit"]["metadata"]["labels"]["release"] == "prometheus"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ("agent.migrationCidr=10.0.0.0/8", "migrationCidr"),
        ("agent.migrationCIDR=10.0.0.0", "/agent/migrationCIDR"),
        ("agent.imageDirectories={relative/path}", "/agent/imageDirectories/0"),
        ("agent.imageDirectories={/images/../etc}", "/agent/imageDirectories/0"),
        ("agent.imageDirectories={/with:colon}", "/agent/imageDirectories/0"),
        ("agent.metricsPort=80", "/agent/metricsPort"),
        ("agent.migrationPort=80", "/agent/migrationPort"),
        ("agent.packetSocket=maybe", "/agent/packetSocket"),
        ("agent.pki.caFile=cacert.pem", "/agent/pki/caFile"),
        ("agent.pki.clientCertificateFile=/etc/pki/libvirt/private/clientkey.pem", "clientCertificateFile"),
        ("agent.pki.qemuServerCertificateFile=/etc/pki/qemu/server-key.pem", "qemuServerCertificateFile"),
        ("agent.pki.directory=/etc/pki", "directory"),
        ("operator.replicas=2", "replicas"),
        ("image.pullPolicy=Sometimes", "/image/pullPolicy"),
        ("image.digest=sha256:short", "/image/digest"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, values: str, named: str) -> None:
    done = helm("template", "godwit", "charts/godwit", "--set", values)
    assert done.returncode != 0
    assert named in done.stderr


def test_clusters_before_1_32_are_refused(helm: Helm) -> None:
    done = helm("template", "godwit", "charts/godwit", "--kube-version", "1.31.9")
    assert done.returncode != 0
    assert "1.32" in done.stderr

from godwit.domain.host import SecurityModel
from godwit.hypervisor.hostresources import security
from godwit.hypervisor.xml import parse

CAPABILITIES = """<capabilities><host>
  <secmodel><model>selinux</model><doi>0</doi>
    <baselabel type='kvm'>system_u:system_r:svirt_t:s0</baselabel>
    <baselabel type='qemu'>system_u:system_r:svirt_tcg_t:s0</baselabel>
  </secmodel>
  <secmodel><model>apparmor</model><doi>0</doi></secmodel>
  <secmodel><model>dac</model><doi>0</doi><baselabel type='qemu'>+107:+107</baselabel></secmodel>
</host></capabilities>"""


def test_each_model_is_told_with_the_label_of_each_type() -> None:
    assert security(parse(CAPABILITIES)) == (
        SecurityModel("selinux", "kvm", "system_u:system_r:svirt_t:s0"),
        SecurityModel("selinux", "qemu", "system_u:system_r:svirt_tcg_t:s0"),
        SecurityModel("apparmor"),
        SecurityModel("dac", "qemu", "+107:+107"),
    )

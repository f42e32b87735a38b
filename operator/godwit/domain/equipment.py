"""What of a guest's equipment decides where it can run: devices of its host, its TPM, its guest agent."""

from enum import StrEnum

from godwit.domain.value import Value


class DeviceKind(StrEnum):
    """Why a device does not simply come along."""

    HOST_DEVICE = "HostDevice"
    """A device of the host itself, or a part of one: PCI, USB, SCSI, mdev, NVMe, a card reader."""
    FAILOVER = "Failover"
    """The same of a network card, with a partner that takes over while it is away."""
    FILE_SYSTEM = "FileSystem"
    """A directory of the host."""
    VHOST_USER = "VhostUser"
    """A card or a disk that another process of the host serves through shared memory."""
    CONFIDENTIAL = "Confidential"
    """Memory that the CPU keeps secret: SEV, SNP, TDX, SGX."""
    SHARED_MEMORY = "SharedMemory"
    """Memory that other processes of the host use, too, and that is not the guest's."""
    OWN_SHARED_MEMORY = "OwnSharedMemory"
    """The same, and the guest is the one whose it is."""
    PERSISTENT_MEMORY = "PersistentMemory"
    """Memory that lies in a file or a device of the host."""
    TPM = "TPM"
    """The host's own."""
    RENDERER = "Renderer"
    """3D pictures that the host's graphics card draws."""
    CRYPTO = "Crypto"
    SOUND = "Sound"
    """A sound card whose state QEMU doesn't save."""
    NVME = "NVMe"
    """The same of the controller that a disk hangs on."""
    IOMMU = "IOMMU"
    """The same of an IOMMU."""
    ARGUMENTS = "Arguments"
    """What libvirt hands on to QEMU unread."""


class Device(Value):
    """One of them."""

    kind: DeviceKind
    name: str
    """As people find it in the definition, e.g. `PCI device 0000:06:12.5`."""


class TPM(Value):
    """A TPM as the live definition has it."""

    backend: str
    """`emulator`, `passthrough` or `external`."""
    secret: str = ""
    """UUID of the libvirt secret with which its state is encrypted."""
    state: str = ""
    """Where its state lies, if that is not libvirt's own place for them."""


class GuestAgent(StrEnum):
    """Whether the guest has an agent, and that holds its channel open."""

    NONE = "None"
    """No channel is configured for one."""
    CONNECTED = "Connected"
    DISCONNECTED = "Disconnected"
    UNKNOWN = "Unknown"
    """libvirt tells nothing of the channel: the guest is off."""


class Equipment(Value):
    """Of one guest."""

    devices: tuple[Device, ...] = ()
    """Those that don't simply come along; everything else is left out."""
    tpm: TPM | None = None
    agent: GuestAgent = GuestAgent.NONE

"""Godwit live-migrates plain libvirt/QEMU virtual machines between Kubernetes nodes."""

__version__ = "0.1.0"

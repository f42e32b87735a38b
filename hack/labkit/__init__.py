"""The lab: namespaces, a control plane, libvirt hosts and shared storage, all under one name."""

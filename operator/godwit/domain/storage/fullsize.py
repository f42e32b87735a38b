"""How many bytes an image can take at most: all of its virtual size, and what a qcow2 needs to find it.

Of the format (QEMU's docs/interop/qcow2.txt); `qemu-img measure -O qcow2` says the same of a fully allocated
image with extended L2 entries.
"""

QCOW2_CLUSTER_BYTES = 64 << 10
"""Where nobody asks for another."""
_L2_ENTRY_BYTES = 16
"""Of an extended one, which is twice as long as others."""
_L1_ENTRY_BYTES = _REFCOUNT_TABLE_ENTRY_BYTES = 8
_REFCOUNT_BYTES = 2


def full_bytes(format: str, virtual_size_bytes: int, cluster_size_bytes: int | None = None) -> int:
    """A raw image has no tables."""
    if format != "qcow2":
        return virtual_size_bytes
    cluster = cluster_size_bytes or QCOW2_CLUSTER_BYTES
    content = _clusters(virtual_size_bytes, cluster)
    l2_tables = _clusters(content * _L2_ENTRY_BYTES, cluster)
    l1_table = _clusters(l2_tables * _L1_ENTRY_BYTES, cluster)
    header = 1
    return _with_refcounts(header + l1_table + l2_tables + content, cluster) * cluster


def _with_refcounts(counted: int, cluster: int) -> int:
    """Each cluster has its count in a block, each block its entry in the table, and both are counted, too."""
    clusters = counted
    while True:
        blocks = _clusters(clusters * _REFCOUNT_BYTES, cluster)
        table = _clusters(blocks * _REFCOUNT_TABLE_ENTRY_BYTES, cluster)
        if counted + blocks + table == clusters:
            return clusters
        clusters = counted + blocks + table


def _clusters(size_bytes: int, cluster: int) -> int:
    return -(-size_bytes // cluster)

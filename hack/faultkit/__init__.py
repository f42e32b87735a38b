"""Faults of every kind while guests move, and a checker that asks libvirt itself what became of them."""

"""Guests that can prove themselves: they know what is in their memory and on their disks."""

"""The demonstration: a real guest moves while somebody watches."""

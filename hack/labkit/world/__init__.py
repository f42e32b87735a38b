"""What a host is like: bridges, clock, certificates, closed doors. `up` takes it all back."""

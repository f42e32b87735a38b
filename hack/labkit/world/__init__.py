"""What a host is like: bridges, clock, certificates, closed doors, identity. `up` takes it all back."""

"""One file per algorithm, and what certifies its answers."""

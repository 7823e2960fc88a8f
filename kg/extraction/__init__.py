"""Facts read from what the shop writes and what its shoppers write, as proposals for people."""

"""The networks, one file each, and the sources and rankers that are made of them."""

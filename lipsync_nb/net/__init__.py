"""HTTP: the vendors' APIs behind their keys, and files on other hosts without any."""

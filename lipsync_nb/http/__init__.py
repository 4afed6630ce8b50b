"""HTTP: calls to the vendors' APIs, with keys; file transfers with other hosts, without."""

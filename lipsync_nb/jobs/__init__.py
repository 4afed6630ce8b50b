"""Jobs as futures, and the client that makes them."""

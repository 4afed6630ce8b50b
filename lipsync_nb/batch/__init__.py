"""Jobs of the rows of a table."""

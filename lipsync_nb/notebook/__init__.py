"""What a notebook shows: forms, the live table, players."""

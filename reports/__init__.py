"""Reports: SQL in, frozen rows out. Nothing here writes a table."""

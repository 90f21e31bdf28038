"""One revision a file, numbered and named for what it makes true."""

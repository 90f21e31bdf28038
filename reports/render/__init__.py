"""One file a format: frozen rows in, bytes out."""

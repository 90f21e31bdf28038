"""Banks' statement files in standard formats (CAMT.053, MT940, OFX): bytes to statements."""

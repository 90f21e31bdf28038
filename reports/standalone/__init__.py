"""Programs that leave the house: each one file, needing nothing but Python."""

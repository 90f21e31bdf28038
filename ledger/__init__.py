"""The books: who owes and is owed, sealed double entry, and what exchanges' statements become."""

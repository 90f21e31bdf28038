"""What exchanges owe: agreements, statements, receivables, bounties and renewals."""

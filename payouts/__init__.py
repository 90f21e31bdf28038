"""How obligations are paid: destinations, batches, approvals, rails, settlement."""

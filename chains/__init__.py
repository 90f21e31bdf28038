"""What happened on chain, as statement lines of wallets."""

"""One file a rail: what signers sign outside the service."""

"""Effects on the world, one file a channel, each idempotent through the ledger."""

"""Use cases: each takes a `Tx`, the actor and a command, decides, stores, publishes and announces."""

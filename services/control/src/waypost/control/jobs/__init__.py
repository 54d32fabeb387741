"""What the worker does beside requests: relay, heartbeat, snapshots, totals, clearing up."""

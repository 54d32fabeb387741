"""`make run`: start every process on one machine, watch them, stop them together."""

"""Settings, logs, metrics, the broker connection and the process group of make run."""

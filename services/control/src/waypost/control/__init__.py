"""The control plane: owns every write; native API, dialects, dashboard, jobs."""

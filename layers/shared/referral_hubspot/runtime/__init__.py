"""Settings from the environment, logs and metrics, batch replies, wiring of concrete classes."""

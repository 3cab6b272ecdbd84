"""Is everything true that the configuration says? `run` asks everything at once."""

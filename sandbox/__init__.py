"""Local stand-ins for Discord and Patreon, for tests, benchmarks and the demo."""

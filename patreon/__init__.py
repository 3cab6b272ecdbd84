"""Patreon's API v2: the only place that knows Patreon's spelling."""

"""Backups: a sealed copy of the database and its keys, proven by bringing it back."""

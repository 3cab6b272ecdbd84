"""Markdown and HTML: what people and Patreon write, for the targets that show it."""

"""A local page that shows the make-believe Discord and lets a person play Patreon."""

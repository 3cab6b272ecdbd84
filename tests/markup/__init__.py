"""What creators write, and what the targets make of it."""

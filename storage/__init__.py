"""The database: SQLite or PostgreSQL behind the protocols of `core.store`."""

"""What a webhook receiver looks like in most tutorials: Flask over sqlite3, a commit a request.

`gunicorn benchmarks._flask_receiver:new_app('SECRET', 'FILE')`. Flask is no dependency of the
project: this runs only where it is at hand.
"""

import hashlib
import hmac
import sqlite3
import threading

from flask import Flask, Response, request  # type: ignore[import-not-found]  # not ours to install

_TABLE = """
CREATE TABLE IF NOT EXISTS events
(id INTEGER PRIMARY KEY, trigger TEXT NOT NULL, received_at TEXT NOT NULL, body BLOB NOT NULL)
"""
_INSERT = "INSERT INTO events (trigger, received_at, body) VALUES (?, datetime('now'), ?)"


def new_app(secret: str, path: str) -> Flask:
    """Make the application; each thread has a connection to the file at `path`."""
    app = Flask(__name__)
    mine = threading.local()

    def database() -> sqlite3.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            mine.connection.execute("PRAGMA journal_mode = WAL")
            mine.connection.execute("PRAGMA synchronous = FULL")
            mine.connection.execute(_TABLE)
        connection: sqlite3.Connection = mine.connection
        return connection

    @app.post("/webhooks/patreon")  # type: ignore[untyped-decorator]  # Flask is not installed
    def receive() -> Response:
        body = request.get_data()
        expected = hmac.new(secret.encode(), body, hashlib.md5).hexdigest()
        if not hmac.compare_digest(expected, request.headers.get("X-Patreon-Signature", "")):
            return Response(status=403)
        database().execute(_INSERT, (request.headers.get("X-Patreon-Event", ""), body))
        return Response(status=204)

    return app

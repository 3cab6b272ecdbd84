"""The process: configuration, wiring, supervision and the command line."""

__version__ = "0.1.0"

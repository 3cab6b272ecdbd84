"""Discord: the commands, the feed's messages, and the connection that carries both."""

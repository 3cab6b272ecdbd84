"""What the bot does: records and use cases, without any platform's library."""

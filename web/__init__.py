"""HTTP in: Patreon's webhooks, and what tells a machine or a person how the bot is."""

"""A Patreon port that changes single answers of the real one."""


class Bent:
    """Passes everything on to `api` except the methods given."""

    def __init__(self, api, **methods):
        self._api = api
        self._methods = methods

    def __getattr__(self, name):
        if name in self._methods:
            return lambda *args, **kwargs: self._methods[name](self._api, *args, **kwargs)
        return getattr(self._api, name)


def bend(bot, **methods):
    """Let sync and processor meet a Patreon whose `methods` answer differently."""
    clients = bot.clients
    bot.sync._patreon_of = bot.processor._patreon_of = lambda creator_id: Bent(
        clients(creator_id), **methods
    )

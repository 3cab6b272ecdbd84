"""Routes that answer interactions, and the webhook routes that continue the answer."""

from aiohttp import web

from . import payloads
from .calls import Call, Route
from .composing import Composer, starting
from .errors import already_acknowledged, unknown_message
from .interactions import Interaction, Interactions, Kind, Response
from .records import Message, MessageFlag
from .rules_interactions import check_callback
from .rules_messages import check_edit, check_message
from .wire import Json, reply
from .world import World

_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_UPLOAD_LIMIT = 10 * 1024 * 1024


class InteractionRoutes:
    """Takes the bot's answers to interactions."""

    def __init__(self, world: World, interactions: Interactions, composer: Composer) -> None:
        self._world = world
        self._interactions = interactions
        self._composer = composer

    def routes(self) -> list[Route]:
        """List the routes; the interaction's token in the path is their only key."""
        callback = "/interactions/{interaction_id}/{interaction_token}/callback"
        message = _WEBHOOK + "/messages/{message_id}"
        original = _WEBHOOK + "/messages/@original"
        return [
            Route("POST", callback, self.respond, needs_token=False),
            Route("POST", _WEBHOOK, self.follow_up, needs_token=False),
            Route("GET", original, self.get, needs_token=False),
            Route("PATCH", original, self.edit, needs_token=False),
            Route("DELETE", original, self.delete, needs_token=False),
            Route("GET", message, self.get, needs_token=False),
            Route("PATCH", message, self.edit, needs_token=False),
            Route("DELETE", message, self.delete, needs_token=False),
        ]

    async def respond(self, call: Call) -> web.Response:
        """Give the first answer."""
        interaction = self._interactions.to_answer(
            call.id("interaction_id"), call.text("interaction_token")
        )
        if interaction.answered:
            raise already_acknowledged()
        body = call.json
        check_callback(interaction, body, call.uploads, _UPLOAD_LIMIT)
        response, content = Response(body["type"]), body.get("data") or {}
        if response in (Response.MESSAGE, Response.DEFER_MESSAGE):
            loading = MessageFlag.LOADING if response is Response.DEFER_MESSAGE else 0
            message = self._starting(interaction, content, flags=int(loading))
            interaction.original = self._composer.fill(message, content, call.uploads)
            interaction.response = response
            self._world.messages.add(interaction.original)
        elif response in (Response.UPDATE, Response.DEFER_UPDATE):
            interaction.original = interaction.source
            if response is Response.UPDATE and interaction.source is not None:
                self._change(interaction.source, content, call, silent=False)
            interaction.response = response
        elif response is Response.MODAL:
            interaction.modal, interaction.response = content, response
        else:
            interaction.choices, interaction.response = content.get("choices") or [], response
        self._interactions.tell_answer(interaction)
        if call.request.query.get("with_response") in ("1", "true", "True"):
            return reply(self._summary(interaction, response))
        return reply(None)

    async def follow_up(self, call: Call) -> web.Response:
        """Send a further message; right after a deferral it fills the waiting message instead."""
        interaction, body = self._answered(call), call.json
        check_message(body, call.uploads, _UPLOAD_LIMIT)
        waiting = interaction.original
        if interaction.response is Response.DEFER_MESSAGE and waiting and waiting.loading:
            self._change(waiting, body, call, silent=True)
            return reply(self._world.message_json(waiting))
        message = self._starting(interaction, body)
        if waiting is not None:
            message.reference = self._reference(waiting)
            message.type = 19
        message = self._composer.fill(message, body, call.uploads)
        interaction.followups.append(message)
        self._world.messages.add(message)
        return reply(self._world.message_json(message))

    async def get(self, call: Call) -> web.Response:
        """Return the first answer or a followup."""
        return reply(self._world.message_json(self._message(call)))

    async def edit(self, call: Call) -> web.Response:
        """Change the first answer or a followup."""
        message = self._message(call)
        check_edit(message, call.json, call.uploads, _UPLOAD_LIMIT)
        self._change(message, call.json, call, silent=message.loading)
        return reply(self._world.message_json(message))

    async def delete(self, call: Call) -> web.Response:
        """Remove the first answer or a followup."""
        self._world.messages.delete(self._message(call))
        return reply(None)

    def _answered(self, call: Call) -> Interaction:
        return self._interactions.answered(call.id("webhook_id"), call.text("webhook_token"))

    def _message(self, call: Call) -> Message:
        interaction = self._answered(call)
        if "message_id" not in call.request.match_info:
            message = interaction.original
        else:
            wanted = call.id("message_id")
            own = [*interaction.followups, *filter(None, [interaction.original])]
            message = next((each for each in own if each.id == wanted), None)
        if message is None or self._world.messages.get(message.channel_id, message.id) is None:
            raise unknown_message()
        return message

    def _starting(self, interaction: Interaction, content: Json, flags: int = 0) -> Message:
        world = self._world
        ephemeral = int(content.get("flags") or 0) & MessageFlag.EPHEMERAL
        return starting(
            world,
            interaction.channel,
            type=20 if interaction.kind is Kind.COMMAND else 19,
            flags=flags | ephemeral,
            viewer_id=interaction.user.id if ephemeral else None,
            interaction=interaction.metadata(world.application.id, payloads.user(interaction.user)),
            webhook_id=world.application.id,
            reference=self._reference(interaction.source) if interaction.source else None,
        )

    def _change(self, message: Message, body: Json, call: Call, *, silent: bool) -> None:
        changed = self._composer.fill(message, body, call.uploads)
        changed.flags &= ~MessageFlag.LOADING
        self._world.messages.change(message, changed, silent=silent)

    def _reference(self, message: Message) -> Json:
        channel = self._world.channels.get(message.channel_id)
        guild: Json = {}
        if channel and channel.guild_id:
            guild["guild_id"] = str(channel.guild_id)
        ids = {"channel_id": str(message.channel_id), "message_id": str(message.id)}
        return {"type": 0, **ids, **guild}

    def _summary(self, interaction: Interaction, response: Response) -> Json:
        message = interaction.original
        about: Json = {"id": str(interaction.id), "type": int(interaction.kind)}
        resource: Json = {"type": int(response)}
        if message is not None:
            about |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
            if response in (Response.MESSAGE, Response.UPDATE):
                resource["message"] = self._world.message_json(message)
        return {"interaction": about, "resource": resource}

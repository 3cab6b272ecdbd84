"""What the webhooks' door counts."""

from core.errors import TemporaryError
from core.inbox import Delivery
from tests.flows.counted import Counted
from tests.web.raw import ask, request, signed
from web.limits import LimitSettings


class Full:
    """An inbox that has no room."""

    async def accept(self, delivery: Delivery, **_):
        raise TemporaryError("Too many webhooks wait to be stored.")


async def test_each_request_is_counted_by_how_it_ended(serve):
    counted = Counted()
    site = await serve(meters=counted, unsigned=LimitSettings(most=2))

    await ask(site, signed())
    for _ in range(3):
        await ask(site, request())

    assert counted.counts == {
        ("webhooks", "accepted"): 1,
        ("webhooks", "refused"): 3,
    }


async def test_a_stranger_who_is_put_off_and_a_full_inbox_are_counted(serve):
    counted = Counted()
    site = await serve(meters=counted, inbox=Full(), unsigned=LimitSettings(most=1))

    for _ in range(3):
        await ask(site, request())
    await ask(site, signed())

    assert counted.counts == {
        ("webhooks", "refused"): 1,
        ("webhooks", "throttled"): 2,
        ("webhooks", "not_stored"): 1,
    }

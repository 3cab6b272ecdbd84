"""Sixty days of a campaign whose links die every two weeks: there is always a picture."""

import random
from datetime import timedelta

import pytest

from core.image_rows import Place
from core.images import ImageKind
from core.pictures import Size
from core.portraits import Portrait
from tests.flows.pictures import CAMPAIGN, Pictures, open_pictures

DAYS = 60
SYNCS = 3
"""Days from one sync to the next: between two of them, some links die."""

pytestmark = [
    pytest.mark.parametrize("database", ["sqlite"], indirect=True),
    pytest.mark.timeout(600),
]


@pytest.mark.parametrize(
    "count",
    [pytest.param(20, id="sample"), pytest.param(2_000, id="whole", marks=pytest.mark.proof)],
)
async def test_every_page_and_message_has_a_picture_on_every_day(
    patreon, store, clock, tmp_path, count
):
    async with open_pictures(patreon, store, clock, tmp_path / "images") as pictures:
        owners = _owners(count)
        patreon.world.images.lifetimes["user"] = timedelta(days=1)
        life = _Life(pictures, owners)

        for day in range(DAYS):
            await life.live_through(day)

        assert life.looks == DAYS * 10
        assert life.without == []
        assert life.died > count / 4, "no link died, so nothing was proven"
        assert life.away > 5


def _owners(count: int) -> list[Place]:
    shares = {ImageKind.TIER: count // 100 or 1, ImageKind.POST: count // 4}
    owners = [Place(kind=ImageKind.CAMPAIGN, owner_id=CAMPAIGN, slot="banner")]
    for kind, share in shares.items():
        slot = "0" if kind is ImageKind.POST else ""
        owners += [Place(kind=kind, owner_id=str(number), slot=slot) for number in range(share)]
    users = range(count - len(owners))
    return owners + [Place(kind=ImageKind.USER, owner_id=str(number)) for number in users]


class _Life:
    """What happens to the campaign, its files and Patreon, and what people see of it."""

    def __init__(self, pictures: Pictures, owners: list[Place]) -> None:
        self._pictures = pictures
        self._owners = owners
        self._random = random.Random(7)
        self._stand_ins_of: dict[ImageKind, set[bytes]] = {}
        self.looks = self.died = self.away = 0
        self.without: list[tuple[int, Place]] = []

    async def live_through(self, day: int) -> None:
        clock, pictures = self._pictures.clock, self._pictures
        is_away = day % 9 == 5
        self.away += is_away
        if is_away:
            await pictures.server.close()
        for owner in self._random.sample(self._owners, len(self._owners) // 40 or 1):
            spelled = {ImageKind.TIER: "reward"}.get(owner.kind, owner.kind.value)
            pictures.server.world.images.replace(spelled, owner.owner_id)
        if day % SYNCS == 0 and not is_away:
            await self._sync(new=self._owners[: len(self._owners) * (day + SYNCS) // DAYS])
        if day % 7 == 3:
            for path in self._random.sample(files := sorted(pictures.files()), len(files) // 20):
                path.write_bytes(b"damaged") if self._random.random() < 0.5 else path.unlink()
        if day % 6 == 1:
            await pictures.sweeper.sweep()
        if day % SYNCS == 2:
            await self._work()
        await self._look(day)
        if is_away:
            await pictures.server.open()
        self.died = len(pictures.read)
        clock.advance(timedelta(days=1))

    async def _sync(self, new: list[Place]) -> None:
        """Read again what the campaign has by now."""
        seen = [self._pictures.seen(p.kind, p.owner_id, p.slot) for p in new]
        for start in range(0, len(seen), 100):
            await self._pictures.see(*seen[start : start + 100])

    async def _work(self) -> None:
        """Fetch what is due; users' links, which live for a day, have died by then."""
        for _ in range(len(self._owners) // 100 + 1):
            await self._pictures.gallery.fetch_due()

    async def _look(self, day: int) -> None:
        for place in self._random.sample(self._owners, 10):
            self.looks += 1
            portrait = Portrait(
                kind=place.kind, owner_id=place.owner_id, slot=place.slot, initials="AL"
            )
            shown = await self._pictures.gallery.portrait(portrait, Size.AVATAR)
            row = await self._row(place)
            has_file = row is not None and row.digest is not None
            stands_in = await self._stand_ins(place)
            if shown is None or (has_file and shown in stands_in):
                self.without.append((day, place))

    async def _row(self, place: Place):
        async with self._pictures.store.read() as work:
            return (await work.images.of([place])).get(place)

    async def _stand_ins(self, place: Place) -> set[bytes]:
        if place.kind not in self._stand_ins_of:
            self._stand_ins_of[place.kind] = await self._drawn(place)
        return self._stand_ins_of[place.kind]

    async def _drawn(self, place: Place) -> set[bytes]:
        imager = self._pictures.gallery
        unknown = Portrait(kind=place.kind, owner_id="nobody", initials="AL")
        return {
            await imager.placeholder(place.kind, Size.AVATAR),
            await imager.portrait(unknown, Size.AVATAR),
        }

"""What really happened at Patreon, member by member, and whether recorded changes fit it."""

import json
from collections import defaultdict

from core.changes import as_gone, compare
from core.members import Member, Status, Tier
from patreon.members import read_member


class Truth:
    """The states of every member in their order, as `core` would have read them."""

    def __init__(self, world, clock) -> None:
        self._world = world
        self._clock = clock
        self.histories: dict[str, list[Member]] = defaultdict(list)
        self.tiers = {
            tier.id: Tier(
                id=tier.id,
                campaign_id=tier.campaign_id,
                title=tier.title,
                amount_cents=tier.amount_cents,
            )
            for tier in world.tiers()
        }
        for member in world.members():
            self.note(member.id)

    def read(self, member) -> Member:
        """Read a member of the world past every fault."""
        body = json.dumps(self._world.member_document(member)).encode()
        return read_member(body, asked_at=self._clock()).member

    def note(self, member_id: str) -> None:
        """Append the present state of a member, who has just changed."""
        history = self.histories[member_id]
        member = self._world.member(member_id)
        if member is not None:
            history.append(self.read(member))
        elif history:
            history.append(as_gone(history[-1]))

    def explains(self, member_id: str, baseline: Member | None, recorded) -> bool:
        """Whether somebody who looked now and then, last at the end, could have recorded this.

        They knew the state `baseline` (None: nobody of that id) and then saw some of the later
        states, in their order, none twice.
        """
        history, recorded = self.histories[member_id], tuple(recorded)
        last = len(history) - 1
        if baseline is None and not recorded and history[last].status is Status.GONE:
            # Who came and left between two looks was never there.
            return True
        # A position: the index of the state that was seen last, and how much is told by then.
        todo = [(i, 0) for i, state in enumerate(history) if _is_same(baseline, state)]
        todo += [(-1, 0)] if baseline is None else []
        reached = set(todo)
        while todo:
            seen, told = todo.pop()
            known = history[seen] if seen >= 0 else None
            for i in range(seen + 1, last + 1):
                if known is None and history[i].status is Status.GONE:
                    continue
                changes = compare(known, history[i], self.tiers)
                position = (i, told + len(changes))
                if recorded[told : position[1]] == changes and position not in reached:
                    reached.add(position)
                    todo.append(position)
        return (last, len(recorded)) in reached


def _is_same(known: Member | None, state: Member) -> bool:
    if known is not None and known.status is Status.GONE:
        return state.status is Status.GONE
    return known == state

"""Peak memory of a first sync of a million members, against one of a hundred thousand.

Each runs in a process of its own. A million members take a minute or more, so this runs once
unless told: `python -m benchmarks.sync_memory 5`.
"""

import asyncio
import resource
import sys
import tempfile
from pathlib import Path

from benchmarks._figures import report
from benchmarks._receivers import running
from benchmarks._syncing import open_syncing
from bot.collector import tune_collector

MANY, FEW = 1_000_000, 100_000
_PATIENCE = 600.0


async def _sync(port: int, database: str) -> None:
    """Sync once and print the process's peak memory in bytes."""
    tune_collector()
    async with open_syncing(port, database) as syncing:
        await syncing.run(is_first=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


async def _peak(members: int) -> float:
    pages = [sys.executable, "-m", "benchmarks._pages", str(members)]
    with tempfile.TemporaryDirectory() as folder:
        async with running(pages) as port:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.sync_memory",
                str(port),
                f"sqlite:///{Path(folder) / 'bench.db'}",
                stdout=asyncio.subprocess.PIPE,
            )
            async with asyncio.timeout(_PATIENCE):
                told, _ = await process.communicate()
    return float(told)


async def main(rounds: int) -> None:
    """Measure both in turn."""
    peaks = [(await _peak(MANY), await _peak(FEW)) for _ in range(rounds)]
    name = f"peak memory of a sync, {MANY:,} / {FEW:,} members"
    report(name, [many / few for many, few in peaks], at_most=1.35)
    report(f"peak memory of a sync of {MANY:,} members in MB", [many / 1e6 for many, _ in peaks])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(_sync(int(sys.argv[1]), sys.argv[2]))
    else:
        asyncio.run(main(int(sys.argv[1]) if len(sys.argv) == 2 else 1))

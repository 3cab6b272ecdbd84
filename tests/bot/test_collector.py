"""The garbage collector's settings, in a process of their own: they hold for all of it."""

import asyncio
import sys

from tests.bot.conftest import ROOT

_CODE = """
import gc
from bot.collector import tune_collector
tune_collector()
class Ring: pass
before = gc.get_freeze_count()
for _ in range(200_000):
    ring = Ring()
    ring.self = ring
rings = sum(isinstance(each, Ring) for each in gc.get_objects())
print(before > 1_000, gc.isenabled(), rings < 100_000)
"""


async def test_what_was_loaded_is_left_out_and_garbage_is_still_collected():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CODE, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20):
        out, _ = await process.communicate()

    assert out.split() == [b"True"] * 3


_BUFFERS = """
import platform, resource
from bot.collector import tune_collector
tune_collector()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        buffers = [b"x" * 1_500_000 for _ in range(4)]
        del buffers
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(platform.libc_ver()[0] != "glibc" or faults() < 5_000)
"""


async def test_large_buffers_are_not_asked_for_anew_each_time():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BUFFERS, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20):
        out, _ = await process.communicate()

    assert out.split() == [b"True"]

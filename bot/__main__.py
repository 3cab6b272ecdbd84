"""`python -m bot`: the command line."""

import gc
import sys

from bot.cli import main

if __name__ == "__main__":
    # What is imported stays: with the usual threshold of 700 a fifth of a start goes into looking
    # through it again and again. `bot.collector` has the last word for a process that stays.
    gc.set_threshold(100_000, 20, 50)
    sys.exit(main(sys.argv[1:]))

"""`make year`: a simulated year of any size, outside the tests. Ends with status 1 where the rows are wrong.

`python -m tests.year [MAILS [SEED [told]]]`; with `told`, the notices of each step are written too: twice the time.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.year import SEED
from tests.year.minutes import HOUR
from tests.year.playing import Play


def main() -> int:
    mails = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    logging.disable(logging.CRITICAL)
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as root:
        run = Play.of(Path(root), seed=seed, mails=mails, tells="told" in sys.argv, gap=HOUR)
        story = run.script
        print(f"seed {seed}: {mails} mails, {story.acts} acts, {story.looks} looks, {story.stops} stops", flush=True)
        played = run.run()
        run.world.close()
    minutes = (time.process_time() - begun) / 60
    print(f"{played.fired} steps fired, {played.late} of them late, {played.moved} clocks moved by closures, "
          f"{len(run.model.cases)} cases; {len(played.wrong)} differences; {minutes:.1f} minutes of one core")
    for line in played.wrong[:100]:
        print(line)
    return int(bool(played.wrong))


if __name__ == "__main__":
    sys.exit(main())

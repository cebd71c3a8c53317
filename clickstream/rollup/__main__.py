"""The rollup in a process of its own: works until its standard input ends, as it does when the server stops or dies.

Started by `clickstream.rollup.process`; settings come through the environment.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from threading import Thread

from clickstream.clock import system_clock
from clickstream.errors import StartupError
from clickstream.garbage import collect_rarely
from clickstream.rollup import Worker
from clickstream.settings import read_settings
from clickstream.store import open_store


def _stop_with_input(worker: Worker) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    worker.stop()


def main() -> int:
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_settings(os.environ)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        with open_store(settings) as store:
            worker = Worker(store, settings, system_clock)
            Thread(target=_stop_with_input, args=(worker,), daemon=True).start()
            worker.run()
    except StartupError as error:
        logging.getLogger(__name__).error("rollup: %s", error.message)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

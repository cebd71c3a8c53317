"""Small corruptions of the product, each of which the oracle must notice: a check of the checks.

Every mutant is applied to a copy of the tree, whose random shops are then asked for the metrics it should spoil.
Exit status 1 when one survives, breaks instead of lying, or is not to be found in the code any more.

python tests/mutants.py            all of them
python tests/mutants.py window     those whose name has this word
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mutant_list import MUTANTS, Mutant

ROOT = Path(__file__).parents[1]
AGREED, DISAGREED = 0, 3
AT_ONCE = 2
MOST_SECONDS = 600


class Run(NamedTuple):
    mutant: Mutant
    verdict: str
    seconds: float
    said: str

    @property
    def is_caught(self) -> bool:
        return self.verdict == "caught"


def occurrences(mutant: Mutant) -> int:
    """How often the text it corrupts is in the code: once, or it means something else by now."""
    return (ROOT / "clickstream" / mutant.file).read_text().count(mutant.old)


def judge(tree: Path, malls: Sequence[int], metrics: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tests/judge.py", *map(str, malls), "--metrics", *metrics]
    environ = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, check=False, timeout=MOST_SECONDS)


def corrupt(tree: Path, mutant: Mutant) -> None:
    path = tree / "clickstream" / mutant.file
    path.write_text(path.read_text().replace(mutant.old, mutant.new))


def run(mutant: Mutant) -> Run:
    begun = time.monotonic()
    if occurrences(mutant) != 1:
        return Run(mutant, "not to be found", 0, f"{mutant.old!r} is {occurrences(mutant)} times in {mutant.file}")
    with tempfile.TemporaryDirectory(prefix="clickstream-mutant-") as folder:
        for name in ("clickstream", "tests"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__", "js"))
        corrupt(Path(folder), mutant)
        done = judge(Path(folder), mutant.malls, mutant.metrics)
    verdict = {AGREED: "SURVIVED", DISAGREED: "caught"}.get(done.returncode, "BROKE")
    said = done.stdout if verdict == "caught" else done.stderr
    return Run(mutant, verdict, time.monotonic() - begun, (said.strip().splitlines() or [""])[-1])


def run_all(mutants: Sequence[Mutant]) -> Iterator[Run]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(run, mutants)


def main(words: Sequence[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if all(word in mutant.name for word in words)]
    untouched = judge(
        ROOT, sorted({n for one in chosen for n in one.malls}), sorted({m for one in chosen for m in one.metrics})
    )
    if untouched.returncode != AGREED:
        print(f"The code as it is does not agree with the oracle: {untouched.stdout}{untouched.stderr}")
        return 1
    survivors = 0
    for done in run_all(chosen):
        survivors += not done.is_caught
        print(f"{done.verdict:<15} {done.seconds:5.0f} s  {done.mutant.file:<28} {done.mutant.name}", flush=True)
        if not done.is_caught:
            print(f"    {done.said}")
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

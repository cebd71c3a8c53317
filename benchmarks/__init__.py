"""Speed, measured: `python -m benchmarks` prints ours, the bar and the ratio from one run. Never part of the tests."""

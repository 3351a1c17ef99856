"""All measurements, one after another: `make bench`."""

import subprocess
import sys

BENCHES = (
    "bench.engines",
    "bench.job",
    "bench.service",
    "bench.predict",
    "bench.boards",
    "bench.tracking",
    "bench.sandbox",
    "bench.queue",
    "bench.scale",
    "bench.watchers",
    "bench.pages",
)

for name in BENCHES:
    print(f"— {name}", flush=True)
    subprocess.run([sys.executable, "-m", name], check=False)  # one that misses its goal says so and ends with 1

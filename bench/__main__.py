"""All measurements, one after another: `make bench`."""

import subprocess
import sys

BENCHES = ("bench.engines", "bench.job", "bench.service", "bench.boards", "bench.sandbox", "bench.queue")

for name in BENCHES:
    print(f"— {name}", flush=True)
    subprocess.run([sys.executable, "-m", name], check=True)

"""Load on an address with wrk: which requests, how many at a time, and what came of it."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
local bodies = {{}}
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
math.randomseed({seed})
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function() return wrk.format(nil, nil, nil, bodies[math.random(#bodies)]) end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nfigures {{"requests": %d, "microseconds": %d, "failed": %d, "p50": %f, "p99": %f, "max": %f}}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


@dataclass(frozen=True)
class Load:
    """One run's figures; times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    failed: int


def load(address: str, bodies: list[str], connections: int, seconds: int, seed: int = 1) -> Load:
    """Send requests for so many seconds, each connection one at a time.

    Parameters
    ----------
    bodies : JSON texts, one of which is drawn for each request
    """
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder) / "bodies", Path(folder) / "load.lua"
        lines.write_text("\n".join(bodies), encoding="utf-8")
        script.write_text(_SCRIPT.format(bodies=lines, seed=seed), encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), address]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    figures = json.loads(next(line for line in said.splitlines() if line.startswith("figures")).removeprefix("figures "))
    done = figures["requests"] - figures["failed"]
    return Load(done / figures["microseconds"] * 1e6, figures["p50"] / 1e3, figures["p99"] / 1e3, int(figures["failed"]))

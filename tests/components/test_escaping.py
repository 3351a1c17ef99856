"""A component that tries more than sixty ways out, sent through the REST API: each is refused, and the user is told."""

from pathlib import Path

from tests.components.conftest import Shop
from tests.components.test_seed import stack_of
from tests.worker.escaping import CALLS
from worker.sandbox.machine import system_calls

SOURCE = '''"""Ways out, tried when this is imported and again when it trains."""
import ctypes
import mmap
import os
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

CANARY = Path({canary!r})
OWNER = {owner}
NUMBERS = {numbers!r}
libc = ctypes.CDLL(None, use_errno=True)


def called(number):
    if libc.syscall(number, -1, 0, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def forked():
    if os.fork() == 0:
        os._exit(0)


def spoken(family, kind, address):
    with socket.socket(family, kind) as out:
        out.connect(address)


WAYS = {{
    **{{f"call {{name}}": (lambda number=number: called(number)) for name, number in NUMBERS.items()}},
    "read a foreign file": CANARY.read_bytes,
    "list a foreign folder": lambda: list(CANARY.parent.iterdir()),
    "write a foreign file": lambda: CANARY.write_text("changed"),
    "append to a foreign file": lambda: CANARY.open("a"),
    "truncate a foreign file": lambda: os.truncate(CANARY, 0),
    "remove a foreign file": CANARY.unlink,
    "rename a foreign file": lambda: CANARY.rename("tmp/taken"),
    "link a foreign file": lambda: os.link(CANARY, "tmp/taken"),
    "link to a foreign file": lambda: os.symlink(CANARY, "tmp/link"),
    "change a foreign file's mode": lambda: CANARY.chmod(0o777),
    "change a foreign file's times": lambda: os.utime(CANARY, (1, 1)),
    "make a foreign folder": lambda: (CANARY.parent / "made").mkdir(),
    "remove a foreign folder": lambda: CANARY.parent.rmdir(),
    "read /etc/passwd": Path("/etc/passwd").read_bytes,
    "list the root": lambda: os.listdir("/"),
    "list the processes": lambda: os.listdir("/proc"),
    "read another's environment": Path(f"/proc/{{OWNER}}/environ").read_bytes,
    "read another's memory": lambda: open(f"/proc/{{OWNER}}/mem", "rb"),
    "read the connections": Path("/proc/net/tcp").read_bytes,
    "use the shared memory": lambda: Path("/dev/shm/out").write_text("out"),
    "TCP": lambda: spoken(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", {port})),
    "TCP over IPv6": lambda: spoken(socket.AF_INET6, socket.SOCK_STREAM, ("::1", {port})),
    "UDP": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"out", ("127.0.0.1", {port})),
    "a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
    "an abstract socket": lambda: spoken(socket.AF_UNIX, socket.SOCK_STREAM, "\\0out"),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "the service itself": lambda: urllib.request.urlopen("http://127.0.0.1:{port}/healthz"),
    "signal the service": lambda: os.kill(OWNER, 9),
    "signal everybody": lambda: os.kill(-1, 0),
    "fork": forked,
    "a program": lambda: subprocess.run(["/bin/true"], check=True),
    "a shell": lambda: os.execv("/bin/sh", ["sh", "-c", "true"]),
    "memory that no limit counts": lambda: mmap.mmap(-1, 4096),
    "a pipe in a folder": lambda: os.mkfifo("tmp/pipe"),
    "another root": lambda: os.chroot("."),
    "another user": lambda: os.setuid(65534),
    "a better place in the queue": lambda: os.nice(-1),
    "its own inputs": lambda: shutil.rmtree("in"),
}}


def tried():
    """What each way came to."""
    found = {{}}
    for name, way in WAYS.items():
        try:
            way()
            found[name] = "OPEN"
        except OSError as error:
            found[name] = "closed" if getattr(getattr(error, "reason", error), "errno", None) else f"unknown {{error}}"
    return found


OPEN = [name for name, came in tried().items() if came != "closed"]
if OPEN:
    raise RuntimeError(f"open when imported: {{OPEN}}")


def train(model, data, context):
    for name, came in tried().items():
        print("way", came, name, flush=True)
    CANARY.read_bytes()
'''
KILLED = """
import ctypes


def train(model, data, context):
    ctypes.CDLL(None).syscall(0x40000000 + 39)
"""


def test_every_way_out_of_an_uploaded_component_is_closed_and_told(shop: Shop, tmp_path: Path) -> None:
    canary = tmp_path / "foreign" / "canary"
    canary.parent.mkdir()
    canary.write_text("foreign")
    numbers = {name: number for name, number in system_calls().items() if name in CALLS.split()}
    port = int(shop.stack.url.rpartition(":")[2])
    owner = shop.stack.process.pid
    source = SOURCE.format(canary=str(canary), owner=owner, numbers=numbers, port=port)

    shop.upload("escaping", source)
    run = shop.wait(
        shop.submit(model=stack_of("Dense(1)"), compile={"loss": "mse"}, fit={"epochs": 1, "loop": "escaping.train"})
    )
    report = shop.http.post("/v1/components/escaping:check", json={}).json()

    said = [line.split(" ", 2) for line in shop.log(run["id"]).splitlines() if line.startswith("way ")]
    assert len({name for _, _, name in said}) >= 100
    assert [name for _, came, name in said if came != "closed"] == []
    assert (run["status"], run["failure"]["kind"]) == ("failed", "user_code")
    assert "CANARY.read_bytes()" in run["failure"]["frame"]
    assert "sandbox forbids this" in run["failure"]["advice"]
    assert report["component"] == "escaping"
    assert (canary.read_text(), list(canary.parent.iterdir())) == ("foreign", [canary])
    assert shop.http.get("/readyz").status_code == 200
    shop.http.delete(f"/v1/components/{shop.http.get('/v1/components/escaping').json()['id']}")


def test_a_call_that_ends_the_process_is_told_as_the_sandbox_s(shop: Shop) -> None:
    shop.upload("killed", KILLED)
    run = shop.wait(
        shop.submit(model=stack_of("Dense(1)"), compile={"loss": "mse"}, fit={"epochs": 1, "loop": "killed.train"})
    )

    assert (run["status"], run["failure"]["kind"]) == ("failed", "user_code")
    assert "SIGSYS" in run["failure"]["message"]
    assert "system call" in run["failure"]["advice"]

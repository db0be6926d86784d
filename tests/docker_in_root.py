"""Builds the CPU image of the Dockerfile in plain folders and runs it, without a Docker daemon.

For machines on which no daemon can run. It needs root, ``debootstrap`` and some 8 GB of disk, takes
several minutes, and is therefore no pytest test: ``make check-docker`` runs it.

A fresh Debian with Python stands in for the official Python image; every instruction is then read
from the Dockerfile and carried out in ``chroot``. What a program sees is close to a container: its
own process numbers and mounts, the image's user and environment and nothing of the caller's. What
differs: no limits on system calls and memory, and layers are folders.

While building, pip reaches its index as it does outside: its settings are handed over, and the
image does not keep them. The finished image runs without any network.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from image_folders import Builder, Image, Inside

ROOT = Path(__file__).parents[1]
LOG = logging.getLogger("docker_in_root")
STRANGER = "4242:4242"
"""A user that no /etc/passwd knows, as ``--user "$(id -u):$(id -g)"`` gives one."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The image and the folders that a container would have mounted."""

    image: Image
    cache: Path
    articles: Path
    out: Path

    def container(
        self,
        *words: str,
        user: str = "",
        environment: Mapping[str, str] | None = None,
        read_only: bool = False,
    ) -> Inside:
        """Return what ``docker run IMAGE words`` would run."""
        return Inside(
            (*self.image.command, *words),
            self.image.environment if environment is None else environment,
            user or self.image.user,
            self.image.directory,
            {"/cache": self.cache, "/work": self.articles, "/work-out": self.out},
            network=False,
            read_only=read_only,
        )

    def run(self, program: Inside) -> str:
        """Run a program in the image, and return what it printed.

        Raises:
            RuntimeError: it failed.
        """
        done = program.run(self.image.folder, quiet=True)
        if done.returncode:
            words = " ".join(program.words)
            raise RuntimeError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def shell(self, script: str) -> str:
        """Run a shell script in the image as its user, and return what it printed."""
        return self.run(Inside(("sh", "-c", script), self.image.environment, self.image.user))


def bench(image: Image, work: Path) -> Bench:
    """Make the folders: a new volume begins as the image has it, articles and results are ours."""
    cache, out = work / "volume", work / "out"
    subprocess.run(["cp", "-a", str(image.folder / "cache"), str(cache)], check=True)
    shutil.copytree(ROOT / "seeds", work / "articles" / "seeds")
    out.mkdir()
    out.chmod(0o777)
    return Bench(image, cache, work / "articles", out)


def expect(right: bool, message: str) -> None:
    if not right:
        raise RuntimeError(message)


def helps(on: Bench) -> str:
    text = on.run(on.container("--help"))
    expect("translate" in text and "models" in text, text)
    return text.splitlines()[0]


def is_lean(on: Bench) -> str:
    torch = on.shell("python -c 'import torch; print(torch.__version__, torch.version.cuda)'")
    expect("+cpu None" in torch, torch)
    packages = on.shell("ls /opt/tolmach/lib/python3*/site-packages")
    heavy = [name for name in packages.split() if name.startswith(("nvidia", "triton", "cuda_"))]
    expect(not heavy, f"CUDA in the CPU image: {heavy}")
    tools = on.shell("command -v gcc cc make git; true").split()
    expect(not tools, f"build tools in the image: {tools}")
    size = on.shell("du -sm /opt/tolmach").split()[0]
    return f"torch {torch.split()[0]}, no CUDA, no build tools, {size} MB in /opt/tolmach"


def is_closed(on: Bench) -> str:
    user = on.shell("id -u").strip()
    expect(user not in {"", "0"}, f"user {user}")
    open_files = on.shell("find /opt /usr /etc /src -writable ! -type l 2>/dev/null; true")
    expect(not open_files, f"the user can write {open_files[:300]}")
    return f"user {user} can write nothing of the program"


def prepares(on: Bench) -> str:
    text = on.run(on.container("models", "prepare", "embedded"))
    expect("is ready" in text, text)
    again = on.run(on.container("models", "prepare", "embedded", "--offline"))
    return again.strip().splitlines()[-1]


def translates(on: Bench) -> str:
    words = ("translate", "seeds/brief.txt", "--to", "en", "--out", "/work-out")
    on.run(on.container(*words, "--model", "embedded"))
    return _result(on, on.out, on.image.user)


def translates_for_a_stranger(on: Bench) -> str:
    """With another user's cache, no entry in /etc/passwd, no HOME, and a read-only image."""
    environment = {k: v for k, v in on.image.environment.items() if k not in {"HOME", "USER"}}
    program = on.container(
        *("translate", "seeds/brief.txt", "--to", "en", "--out", "/work-out/stranger"),
        *("--model", "embedded", "--offline"),
        user=STRANGER,
        environment=environment,
        read_only=True,
    )
    on.run(program)
    return _result(on, on.out / "stranger", STRANGER)


def prepares_for_a_stranger(on: Bench) -> str:
    """In a new volume of his own."""
    for entry in on.cache.iterdir():
        shutil.rmtree(entry)
    on.run(on.container("models", "prepare", "embedded", user=STRANGER))
    owners = {f"{p.stat().st_uid}:{p.stat().st_gid}" for p in on.cache.rglob("*")}
    expect(owners == {STRANGER}, f"files of {owners}")
    return f"cache of {STRANGER}"


def _result(on: Bench, out: Path, owner: str) -> str:
    found = list(out.rglob("brief.txt"))
    expect(len(found) == 1, f"results: {found}")
    stat = found[0].stat()
    expect(f"{stat.st_uid}:{stat.st_gid}" == owner, f"{found[0]} belongs to {stat.st_uid}")
    text = found[0].read_text(encoding="utf-8")
    expect(len(text) > 100 and " the " in text, text)
    return f"{found[0].relative_to(on.out)} of {owner}: {text[:60]!r}"


def stops(on: Bench) -> str:
    """As process 1 of its container, it ends on the image's STOPSIGNAL."""
    program = on.container("translate", "-", "--to", "en", "--model", "embedded")
    command = program.command(on.image.folder)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(5)  # it waits for its standard input by then
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.kill(int(children.split()[0]), signal.SIGINT)
        try:
            code = process.wait(timeout=20)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise RuntimeError("it goes on after SIGINT") from error
        text = process.stderr.read().decode() if process.stderr else ""
    expect(code == 130, f"ended with {code}: {text}")
    return f"ended with {code}: {text.strip()}"


CHECKS: tuple[Callable[[Bench], str], ...] = (
    helps,
    is_lean,
    is_closed,
    prepares,
    translates,
    translates_for_a_stranger,
    stops,
    prepares_for_a_stranger,
)


def check(image: Image, work: Path) -> int:
    """Run all checks; return 0 if all is right, else 1."""
    on, failed = bench(image, work), 0
    for one in CHECKS:
        try:
            LOG.info("ok      %s: %s", one.__name__, one(on))
        except RuntimeError as error:
            failed += 1
            LOG.error("FAILED  %s: %s", one.__name__, error)
    LOG.info("%d passed, %d failed", len(CHECKS) - failed, failed)
    return 1 if failed else 0


def main() -> int:
    """Build the image, check it, remove everything; the exit code tells whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="cpu", help="stage to build (default: cpu)")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--base", type=Path, help="keep the bare Debian here, and use it again")
    parser.add_argument("--cache", type=Path, help="keep pip's cache here, and use it again")
    parser.add_argument("--work", type=Path, help="where to build (default: the temporary folder)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        parser.error("this needs root and debootstrap (apt-get install debootstrap)")
    work = Path(tempfile.mkdtemp(prefix="docker-in-root-", dir=options.work)).resolve()
    work.chmod(0o755)
    arguments = {name: value for name, _, value in (a.partition("=") for a in options.build_arg)}
    base = options.base.resolve() if options.base else None
    cache = options.cache.resolve() if options.cache else work / "cache"
    builder = Builder(ROOT, work, arguments=arguments, base=base, cache=cache)
    try:
        return check(builder.build(options.target), work)
    except RuntimeError as error:
        LOG.error("%s", error)
        return 1
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main())

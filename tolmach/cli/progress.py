"""Progress of a run: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, TextIO

from tolmach.stages import Progress

__all__ = ["Display", "LineDisplay", "NoDisplay", "TerminalDisplay", "display_for"]

# without a terminal, a line at most this often (seconds)
_LINE_EVERY = 10.0


class Display(Progress, AbstractContextManager["Display"], Protocol):
    """A progress that is shown while a run goes on, and remembers its notes."""

    notes: list[str]

    def expect(self, documents: int) -> None:
        """The run will have so many documents."""


class NoDisplay:
    """Shows nothing, but remembers the notes for the report."""

    def __init__(self) -> None:
        """Start with no notes."""
        self.notes: list[str] = []

    def __enter__(self) -> NoDisplay:
        """Return the display itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing was shown, so there is nothing to take away."""

    def expect(self, documents: int) -> None:
        """Ignore the number."""

    def note(self, message: str) -> None:
        """Remember a note."""
        self.notes.append(message)

    def preparing(self, message: str, fraction: float) -> None:
        """Ignore the progress."""

    def begun(self, name: str, segments: int) -> None:
        """Ignore the document."""

    def translated(self, segments: int, words: int) -> None:
        """Ignore the segments."""

    def finished(self, name: str) -> None:
        """Ignore the document."""


class LineDisplay(NoDisplay):
    """Writes a plain line now and then: for logs, and wherever there is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``."""
        super().__init__()
        self._stream = stream
        self._lock = threading.Lock()
        self._documents = self._begun = self._finished = 0
        self._segments = self._done = self._words = 0
        self._started = 0.0
        self._shown = 0.0
        self._step, self._step_shown = "", 0.0

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def expect(self, documents: int) -> None:
        """Remember how many documents there are."""
        self._documents = documents

    def note(self, message: str) -> None:
        """Write a note."""
        super().note(message)
        self._say(message)

    def preparing(self, message: str, fraction: float) -> None:
        """Write each step of preparing a model, and within a step a line now and then."""
        # what stands in brackets changes while a step goes on, such as the bytes of a download
        step, now = message.partition(" (")[0], time.monotonic()
        if step == self._step and now - self._step_shown < _LINE_EVERY:
            return
        self._step, self._step_shown = step, now
        self._say(f"preparing the model, {fraction:.0%}: {message}")

    def begun(self, name: str, segments: int) -> None:  # noqa: ARG002
        """Count the segments of a document."""
        self._begun += 1
        self._segments += segments

    def translated(self, segments: int, words: int) -> None:
        """Count, and write a line if the last one is some time ago."""
        with self._lock:
            now = time.monotonic()
            # loading the model and the first batch are not the speed of translating
            if not self._started:
                self._started = self._shown = now
                return
            self._done += segments
            self._words += words
            if now - self._shown >= _LINE_EVERY:
                self._shown = now
                self._say(self._line(now))

    def finished(self, name: str) -> None:
        """Write which document is done."""
        self._finished += 1
        total = f"/{self._documents}" if self._documents else ""
        self._say(f"[{self._finished}{total}] {name}")

    def _line(self, now: float) -> str:
        elapsed = max(1e-6, now - self._started)
        rate = self._words / elapsed
        line = f"{self._done}/{self._segments} segments, {rate:.0f} words/s"
        # what is left is known only when every document has been read
        if self._done and self._begun >= self._documents:
            left = elapsed / self._done * (self._segments - self._done)
            line += f", about {left:.0f} s left"
        return line


class TerminalDisplay(NoDisplay):
    """Shows bars: documents, segments, words per second, time left."""

    def __init__(self, console: Any) -> None:
        """Draw on a ``rich`` console."""
        super().__init__()
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import (
            Progress as Bars,
        )

        self._progress = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, Any] = {}
        self._words = 0
        self._started = 0.0

    def __enter__(self) -> TerminalDisplay:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bars away."""
        self._progress.stop()

    def _task(self, label: str) -> Any:
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=0, rate="")
        return self._tasks[label]

    def expect(self, documents: int) -> None:
        """Set the length of the bar of documents."""
        self._progress.update(self._task("documents"), total=documents)

    def note(self, message: str) -> None:
        """Print a note above the bars."""
        super().note(message)
        self._progress.console.print(message, style="dim", highlight=False, markup=False)

    def preparing(self, message: str, fraction: float) -> None:
        """Move the bar of the model that is being prepared."""
        task = self._task("preparing")
        self._progress.update(task, total=100, completed=int(fraction * 100), rate=message)
        if fraction >= 1:
            self._progress.update(task, visible=False)

    def begun(self, name: str, segments: int) -> None:  # noqa: ARG002
        """Lengthen the bar of segments."""
        task = self._task("segments")
        total = self._progress.tasks[self._progress.task_ids.index(task)].total or 0
        self._progress.update(task, total=total + segments)

    def translated(self, segments: int, words: int) -> None:
        """Move the bar of segments."""
        self._words += words
        rate = self._words / max(1e-6, time.monotonic() - self._started)
        self._progress.update(self._task("segments"), advance=segments, rate=f"{rate:.0f} words/s")

    def finished(self, name: str) -> None:
        """Move the bar of documents."""
        self._progress.update(self._task("documents"), advance=1, rate=name)


def display_for(*, quiet: bool, stream: TextIO | None = None) -> Display:
    """Return the display that suits the user's wish and the stream.

    Args:
        quiet: show nothing.
        stream: where to show it; default standard error.
    """
    if quiet:
        return NoDisplay()
    stream = stream or sys.stderr
    if not stream.isatty():
        return LineDisplay(stream)
    from rich.console import Console

    return TerminalDisplay(Console(file=stream))

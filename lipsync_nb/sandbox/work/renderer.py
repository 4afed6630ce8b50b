"""Work for the worker processes: probing media, speaking, rendering; each thing is done once."""

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from lipsync_nb.sandbox.work import render_task, worker
from lipsync_nb.sandbox.work.jobs import Order
from lipsync_nb.sandbox.work.pool import RENDER_WORKERS, Pool, WorkerDied
from lipsync_nb.sandbox.work.render_task import RenderTask
from lipsync_nb.sandbox.work.worker import Probe


@dataclass(frozen=True)
class Rendering:
    """One video, rendered or to be rendered, and the files that tell of it.

    Args:
        key: Hash of everything that goes into it.
        folder: Where the renderer keeps its files.
    """

    key: str
    folder: Path

    @property
    def video(self) -> Path:
        """The MP4; one frame of it lies beside it as ``.jpg`` and ``.webp``."""
        return self.folder / f"{self.key}.mp4"

    @property
    def facts(self) -> Path:
        """JSON of width, height, fps and duration_s; there once the video is."""
        return self.folder / f"{self.key}.json"

    @property
    def note(self) -> Path:
        """The fraction rendered, while it is being rendered."""
        return self.folder / f"{self.key}.progress"

    def fraction(self) -> float:
        """How much of it is rendered, 0 to 1."""
        if self.facts.exists():
            return 1.0
        try:
            return float(self.note.read_text())
        except FileNotFoundError:
            return 0.0


class Renderer:
    """Gives work to the worker processes, and knows what they have made.

    Args:
        folder: Where the made files lie, under the hash of what went into them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool, self._quick = Pool(RENDER_WORKERS), Pool(1)
        self._making: dict[str, asyncio.Task[None]] = {}
        self._probes: dict[Path, Probe] = {}
        self.rendered = 0

    @property
    def busy(self) -> bool:
        """Whether anything is being rendered."""
        return bool(self._making)

    async def warm(self) -> None:
        """Start the processes before the first job needs them."""
        await asyncio.gather(self._quick.run(worker.warm), self._pool.run(worker.warm))

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for making in self._making.values():
            making.cancel()
        self._pool.stop()
        self._quick.stop()

    async def probe(self, path: Path) -> Probe:
        """What a file is; files are named by their content, so each is looked at once."""
        if path not in self._probes:
            try:
                self._probes[path] = await self._quick.run(worker.probe, str(path))
            except WorkerDied:  # the decoder dies of it, or something else killed the process
                return Probe("")
        return self._probes[path]

    async def count_slides(self, ppt: Path) -> int:
        """Number of slides; Trouble if the file is no presentation."""
        return await self._quick.run(worker.count_slides, str(ppt))

    async def sample(self, voice: str) -> Path:
        """A sound file of a voice that speaks a sample sentence."""
        path = self._folder / f"{voice}.wav"
        if not path.exists():
            await self._quick.run(worker.sample, voice, str(path))
        return path

    def rendering(self, key: str) -> Rendering:
        """The rendering of a key, done or not."""
        return Rendering(key, self._folder)

    def plan(self, order: Order, files: dict[str, Path]) -> Rendering:
        """The rendering this order with these files will give."""
        named = {role: path.name for role, path in files.items()}  # names are content hashes
        text = json.dumps([asdict(order) | {"media": named}], sort_keys=True)
        return self.rendering(hashlib.sha256(text.encode()).hexdigest())

    async def render(self, order: Order, files: dict[str, Path]) -> float:
        """Render an order, unless that was done or is being done already.

        Returns:
            The video's length in seconds.

        Raises:
            Trouble: ``no_face`` or ``bad_media``.
            WorkerDied: The process that rendered it died.
        """
        rendering = self.plan(order, files)
        if not rendering.facts.exists():
            making = self._making.get(rendering.key)
            if making is None:
                making = self._making[rendering.key] = asyncio.create_task(
                    self._make(order, files, rendering)
                )
                making.add_done_callback(lambda _: self._making.pop(rendering.key, None))
            await asyncio.shield(making)
        return float(json.loads(rendering.facts.read_text())["duration_s"])

    async def _make(self, order: Order, files: dict[str, Path], rendering: Rendering) -> None:
        task = RenderTask(
            kind=order.kind,
            files={role: str(path) for role, path in files.items()},
            speech=order.speech,
            style=order.style,
            options=order.options,
            out=str(rendering.video),
            note=str(rendering.note),
        )
        rendering.note.unlink(missing_ok=True)  # of an attempt that failed
        facts = await self._pool.run(render_task.render, task)
        self.rendered += 1
        rendering.note.write_text(json.dumps(facts))
        rendering.note.replace(
            rendering.facts
        )  # all of it or nothing, whenever the process is killed

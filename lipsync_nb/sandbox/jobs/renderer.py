"""Gives work to the worker processes, and stores what they make."""

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lipsync_nb.sandbox.jobs import avatar_tasks, worker_tasks
from lipsync_nb.sandbox.jobs.job import RenderOrder
from lipsync_nb.sandbox.jobs.process_pool import Pool, WorkerDied
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.settings import RENDER_WORKERS

TYPES = {
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
    "txt": "text/plain",
}
"""Suffix → media type of the files of a rendering."""


@dataclass(frozen=True)
class Rendering:
    """One video or audio, finished or not, and its files.

    Args:
        key: Hash of everything that goes into it.
        folder: Folder of the files.
    """

    key: str
    folder: Path

    def file(self, suffix: str) -> Path:
        """The result, ``mp4`` or ``wav``; or one of a video's frames, ``jpg`` or ``webp``."""
        return self.folder / f"{self.key}.{suffix}"

    @property
    def facts(self) -> Path:
        """JSON of duration_s and more. It exists once the result does."""
        return self.folder / f"{self.key}.json"

    @property
    def progress(self) -> Path:
        """The share that is rendered, while it is being rendered."""
        return self.folder / f"{self.key}.progress"

    def fraction(self) -> float:
        """The share that is rendered, 0 to 1."""
        if self.facts.exists():
            return 1.0
        try:
            return float(self.progress.read_text())
        except FileNotFoundError:
            return 0.0


class Renderer:
    """Renders videos and audios in worker processes. The same one is rendered only once.

    Attributes:
        rendered: The number of those rendered so far.

    Args:
        folder: Where the files are, named by the hash of what goes into them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool, self._short_tasks = Pool(RENDER_WORKERS), Pool(1)
        self._making: dict[str, asyncio.Task[None]] = {}
        self._probes: dict[Path, Probe] = {}
        self.rendered = 0

    @property
    def busy(self) -> bool:
        """Whether anything is being rendered."""
        return bool(self._making)

    async def warm(self) -> None:
        """Start the processes before the first job needs them."""
        await asyncio.gather(
            self._short_tasks.run(worker_tasks.warm), self._pool.run(worker_tasks.warm)
        )

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for making in self._making.values():
            making.cancel()
        self._pool.stop()
        self._short_tasks.stop()

    async def probe(self, path: Path) -> Probe:
        """The type and length of a file. Files are named by their content: each is read once."""
        if path not in self._probes:
            try:
                self._probes[path] = await self._short_tasks.run(worker_tasks.probe, str(path))
            except WorkerDied:  # by this file, or by anything else: this is not remembered
                return Probe("")
        return self._probes[path]

    async def count_slides(self, ppt: Path) -> int:
        """The number of slides; JobError if the file is not a presentation."""
        return await self._short_tasks.run(worker_tasks.count_slides, str(ppt))

    async def sample(self, voice: str) -> Path:
        """A file in which a voice speaks a sample sentence."""
        path = self._folder / f"{voice}.wav"
        if not path.exists():
            await self._short_tasks.run(worker_tasks.speak_sample, voice, str(path))
        return path

    async def person(self, name: str, figure: str, size: tuple[int, int], suffix: str) -> Path:
        """A picture (``png``) or a clip (``mp4``) of a drawn person; see ``render.figures``."""
        key = hashlib.sha256(f"{name} {figure} {size}".encode()).hexdigest()
        path = self._folder / f"{key}.{suffix}"
        if not path.exists():
            task = avatar_tasks.draw_person
            await self._short_tasks.run(task, name, figure, size, str(path))
        return path

    def rendering(self, key: str) -> Rendering:
        """The rendering of a key, finished or not."""
        return Rendering(key, self._folder)

    def plan(self, order: RenderOrder, files: dict[str, Path]) -> Rendering:
        """The rendering for this order with these files."""
        named = {role: path.name for role, path in files.items()}  # names are content hashes
        text = json.dumps([asdict(order) | {"media": named}], sort_keys=True)
        return self.rendering(hashlib.sha256(text.encode()).hexdigest())

    async def render(self, order: RenderOrder, files: dict[str, Path]) -> dict[str, Any]:
        """Render an order, unless the same is rendered already or right now.

        Returns:
            The result's duration_s; of an audio its subtitles, of a video its size and fps.

        Raises:
            JobError: ``no_face`` or ``bad_media``.
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
        return dict(json.loads(rendering.facts.read_text()))

    async def _make(self, order: RenderOrder, files: dict[str, Path], rendering: Rendering) -> None:
        rendering.progress.unlink(missing_ok=True)  # of an attempt that failed
        out = rendering.file(order.suffix)
        facts = await self._pool.run(worker_tasks.render, order, files, out, rendering.progress)
        self.rendered += 1
        rendering.progress.write_text(json.dumps(facts))
        rendering.progress.replace(rendering.facts)  # so the facts are never incomplete

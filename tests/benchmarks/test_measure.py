"""How fast and how large measuring is, against nothing but decoding the same clip.

Run with ``pytest tests/benchmarks/test_measure.py``; the figures are printed.
"""

import resource
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import av
import distributed
import loky
import pytest
from faces import HELLO, portrait, speech
from peak_memory import peak_of

import lipsync_nb as ls
from lipsync_nb.compare.parallel import results
from lipsync_nb.sandbox.render import Style, render_portrait

FRAMES_PER_S = 150
SHARE_OF_DECODING = 0.05
"""Of PyAV's pure decoding speed: a measurement decodes twice, and looks."""
ROUNDS = 3


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A minute of a talking portrait at 480p, and its speech."""
    folder = tmp_path_factory.mktemp("measure")
    said = speech(folder / "said.wav", " ".join([HELLO] * 12))
    render_portrait(portrait(folder / "face.png"), said, folder / "clip.mp4", Style())
    return folder / "clip.mp4", said


def decoded(path):
    """Decode a clip whole, on one thread; return its frames."""
    with path.open("rb") as file, av.open(file) as container:
        container.streams.video[0].thread_count = 1
        return sum(1 for _ in container.decode(video=0))


def fastest(work):
    """Return the least of some rounds' seconds, on the clock and of one processor."""
    rounds = []
    for _ in range(ROUNDS):
        began, cpu = perf_counter(), process_time()
        work()
        rounds.append((perf_counter() - began, process_time() - cpu))
    return [min(times) for times in zip(*rounds, strict=True)]


def test_frames_per_second(clip, figure):
    """At 480p, on two processors: by the processors' time, which other work does not lengthen."""
    film, said = clip
    frames = decoded(film)
    measuring, measuring_cpu = fastest(lambda: ls.measure(film, said))
    _, decoding_cpu = fastest(lambda: decoded(film))

    share = decoding_cpu / measuring_cpu
    figure(
        f"measuring 480p: {frames / measuring:.0f} frames/s, {frames / measuring_cpu:.0f} per "
        f"processor; decoding alone {frames / decoding_cpu:.0f} per processor: {share:.2f} of it"
    )
    assert frames / measuring_cpu >= FRAMES_PER_S
    assert share >= SHARE_OF_DECODING


def test_memory(clip, figure):
    """A minute at 480p takes less than a gigabyte, all imports included."""
    film, said = clip
    program = f"import lipsync_nb as ls; ls.measure({str(film)!r}, {str(said)!r})"

    _, megabytes = peak_of(program)

    figure(f"measuring a minute of 480p: {megabytes:.0f} MB at most")
    assert megabytes <= 1000


def test_two_workers(figure, tmp_path):
    """They measure a hundred clips at least 1.7 times as fast as one.

    Where other work holds the processors, their time tells what the clock cannot: two workers are
    as much faster as they need no more of it than one.
    """
    film = render_five_seconds(tmp_path)
    clips = [film.read_bytes() + bytes([number]) for number in range(100)]
    one, two = (timed(workers, clips) for workers in (1, 2))

    ratio, undisturbed = one.clock / two.clock, 2 * one.processors / two.processors
    busy = two.processors / two.clock < 1.7
    figure(
        f"100 clips: {one.clock:.0f} s, on two workers {two.clock:.0f} s: {ratio:.2f} x"
        + f" (busy machine; {undisturbed:.2f} x by the processors' time)" * busy
    )
    assert (undisturbed if busy else ratio) >= 1.7


class Seconds(NamedTuple):
    """How long something took, by the clock and of all processors together."""

    clock: float
    processors: float


def timed(workers: int, clips: list[bytes]) -> Seconds:
    """Measure clips in a pool, imports not counted by the clock."""
    before = children_s()
    with loky.ProcessPoolExecutor(workers) as pool:
        ls.measure_all(clips[:workers], pool, cache=False)
        began = perf_counter()
        ls.measure_all(clips, pool, cache=False)
        clock = perf_counter() - began
    return Seconds(clock, children_s() - before)


def children_s() -> float:
    """Return the processors' time of the processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def render_five_seconds(folder: Path) -> Path:
    """A short clip, small."""
    said, out = speech(folder / "said.wav"), folder / "clip.mp4"
    render_portrait(portrait(folder / "face.png"), said, out, Style(height=240))
    return out


CALLS = 1000
"""Calls without work, for what scheduling costs."""


def test_dask_against_processes(figure, tmp_path):
    """Two Dask workers measure at least 0.7 times as fast as two processes of this machine.

    The clips are given as bytes, and so are sent. A call without work costs at most a tenth of a
    clip of five seconds; ``Client.map``, which sends all at once, tells how much of that is Dask's.
    """
    film = render_five_seconds(tmp_path).read_bytes()
    clips = [film + number.to_bytes(2, "big") for number in range(60)]
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as two,
        distributed.Client(two) as dask,
    ):
        on_dask = elapsed(clips, dask)
        calls = {str(number): (number,) for number in range(CALLS)}
        scheduling = seconds_of(lambda: list(results(abs, calls, dask))) / CALLS
        mapped = seconds_of(lambda: dask.gather(dask.map(abs, range(CALLS)))) / CALLS
    with loky.ProcessPoolExecutor(2) as pool:
        in_processes = elapsed(clips, pool)

    per_clip = 2 * on_dask / len(clips)
    figure(
        f"{len(clips)} clips as bytes: Dask {len(clips) / on_dask:.2f} per s, two processes "
        f"{len(clips) / in_processes:.2f} per s: {in_processes / on_dask:.2f} x; a call without "
        f"work {1000 * scheduling:.1f} ms (Client.map {1000 * mapped:.1f} ms) against "
        f"{1000 * per_clip:.0f} ms of a worker for a clip"
    )
    assert in_processes / on_dask >= 0.7
    assert scheduling <= per_clip / 10


def elapsed(clips: list[bytes], place: object) -> float:
    """Seconds in which clips are measured, imports not counted."""
    ls.measure_all(clips[:4], place, cache=False)
    return seconds_of(lambda: ls.measure_all(clips, place, cache=False))


def seconds_of(work) -> float:
    """Seconds that something takes by the clock."""
    began = perf_counter()
    work()
    return perf_counter() - began

"""What is heard of 蝉镜's speech: voices, subtitles, the file itself, and where it can go."""

from itertools import combinations

import numpy as np
import pytest
from measures import hear
from sandbox.speaking import EMMA, MEI, client, created, ended, heard, lip_synced, spoken, voices
from sandbox.uploading import as_mp3, ready_file

from lipsync_nb.sandbox import Sandbox

SENTENCES = ["Hello there.", "How are you today?", "Fine!"]
SAMPLES = {"zh": "你好，很高兴见到你。", "en": "Hello, nice to meet you."}
QUIET = 0.02  # of full scale


def test_subtitles_are_true(chanjing, bare):
    """A subtitle a sentence, from end to end; pauses between them, sound in each."""
    data = ended(chanjing, created(chanjing))
    sound = heard(bare.get(data["full"]["url"]).content)
    rows = data["subtitles"]

    assert [row["subtitle"] for row in rows] == SENTENCES
    assert rows[0]["start_time"] == 0
    assert [row["start_time"] for row in rows[1:]] == [row["end_time"] for row in rows[:-1]]
    assert rows[-1]["end_time"] == data["full"]["duration"]
    assert len({row["key"] for row in rows}) == 3
    for row in rows:
        said = sound.between(row["start_time"], row["end_time"])
        before_the_end = sound.between(row["end_time"] - 0.1, row["end_time"])
        assert np.abs(said).max() > 0.2
        assert np.abs(before_the_end).max() < QUIET


@pytest.mark.parametrize("number", range(3))
def test_a_subtitle_is_where_its_sentence_is(chanjing, bare, number):
    """What is heard from its start to its end is the sentence, as it is heard alone."""
    data = ended(chanjing, created(chanjing))
    row = data["subtitles"][number]
    part = heard(bare.get(data["full"]["url"]).content).between(row["start_time"], row["end_time"])
    alone = spoken(chanjing, bare, text={"text": SENTENCES[number]}).samples
    other = spoken(chanjing, bare, text={"text": SENTENCES[number - 1]}).samples

    assert len(part) / len(alone) == pytest.approx(1, abs=0.1)
    assert alikeness(part, alone) > 0.8
    assert alikeness(part, other) < 0.5


def alikeness(one: np.ndarray, other: np.ndarray) -> float:
    """The highest normalised correlation of two sounds, over all shifts."""
    length = 1 << (len(one) + len(other)).bit_length()
    found = np.fft.irfft(np.fft.rfft(one, length) * np.conj(np.fft.rfft(other, length)))
    return float(found.max() / np.sqrt((one**2).sum() * (other**2).sum()))


def test_speed_and_pitch_are_heard(chanjing, bare):
    """Twice the speed takes half the time; another pitch is another sound of the same length."""
    text = {"text": "今天天气很好，我们去公园散步吧。"}
    usual = spoken(chanjing, bare, text=text)
    fast = spoken(chanjing, bare, text=text, speed=2)
    high = spoken(chanjing, bare, text=text, pitch=1.5)

    assert fast.seconds / usual.seconds == pytest.approx(0.5, rel=0.15)
    assert high.seconds == pytest.approx(usual.seconds, rel=0.05)
    assert alikeness(high.samples, usual.samples) < 0.5


def test_an_audition_is_the_voice(chanjing, bare):
    """Each voice's sample is what a speech with the voice's id says, to the sample."""
    for voice in voices(chanjing):
        audition = heard(bare.get(voice["audition"]).content)
        text = {"text": SAMPLES[voice["lang"]]}
        said = spoken(chanjing, bare, audio_man=voice["id"], text=text)

        assert audition.seconds > 1
        assert np.array_equal(audition.samples, said.samples), voice["name"]


def test_no_two_voices_say_the_same_alike(chanjing, bare):
    """Of one text; `test_voice` measures how they differ."""
    said = {
        voice["id"]: spoken(chanjing, bare, audio_man=voice["id"], text={"text": "今天天气很好。"})
        for voice in voices(chanjing)
    }

    for one, other in combinations(said, 2):
        assert alikeness(said[one].samples, said[other].samples) < 0.9, (one, other)


@pytest.mark.parametrize("voice", [EMMA, MEI])
def test_lip_sync_speaks_with_the_same_voice(chanjing, bare, video_id, voice, tmp_path):
    """A text in a lip sync sounds as it does in a speech."""
    tts = {"audio_man_id": voice, "text": "Hello there."}
    url = lip_synced(chanjing, video_file_id=video_id, tts_config=tts)["video_url"]
    (tmp_path / "video.mp4").write_bytes(bare.get(url).content)
    said = spoken(chanjing, bare, audio_man=voice, text={"text": "Hello there."})
    foreign = spoken(
        chanjing, bare, audio_man=MEI if voice == EMMA else EMMA, text={"text": "Hello there."}
    )

    video = hear(tmp_path / "video.mp4", said.rate)
    assert alikeness(video, said.samples) > 0.95
    assert alikeness(video, foreign.samples) < 0.8


@pytest.mark.parametrize("ending", ["wav", "mp3"])
def test_the_audio_is_taken_back(chanjing, bare, video_id, tmp_path, ending):
    """Uploaded for a lip sync, it is ready, and the video is as long as it is."""
    data = ended(chanjing, created(chanjing, text={"text": "Hello there."}))
    path = tmp_path / "a.wav"
    path.write_bytes(bare.get(data["full"]["url"]).content)
    if ending == "mp3":
        path = as_mp3(path, tmp_path / "a.mp3")
    file_id = ready_file(chanjing, bare, path, "lip_sync_audio")
    sound = {"audio_type": "audio", "audio_file_id": file_id}
    video = lip_synced(chanjing, video_file_id=video_id, **sound)

    assert video["duration"] / 1000 == pytest.approx(data["full"]["duration"], abs=0.15)


def test_the_same_text_is_spoken_once(sandbox, chanjing, bare):
    """Two tasks of one text are paid twice and have the same sound; it is rendered once."""
    text = {"text": "This very sentence is spoken nowhere else."}
    before = sandbox.stats()
    first, second = (spoken(chanjing, bare, text=text) for _ in range(2))
    after = sandbox.stats()

    assert np.array_equal(first.samples, second.samples)
    assert after["sandbox"]["renders"] - before["sandbox"]["renders"] == 1
    assert after["chanjing"]["paid"] - before["chanjing"]["paid"] == 2


def test_a_restarted_sandbox_still_has_it(tmp_path, bare):
    """The URL that was answered before is good; and a task that was running is finished."""
    with Sandbox(tmp_path, pace=0.05) as first, client(first) as chanjing:
        done = ended(chanjing, created(chanjing))
        first.configure(pace=10)
        running = created(chanjing, text={"text": "To be continued."})
    with Sandbox(tmp_path, pace=0.05) as second, client(second) as chanjing:
        (before, after) = (job["state"] for job in second.jobs("chanjing"))
        again = ended(chanjing, running)

        assert first.pid != second.pid
        assert (before, after in ("queued", "processing")) == ("done", True)
        assert heard(bare.get(done["full"]["url"]).content).seconds > 1
        assert [row["subtitle"] for row in again["subtitles"]] == ["To be continued."]
        assert heard(bare.get(again["full"]["url"]).content).seconds > 0.5
        assert second.stats("chanjing")["paid"] == 2

"""What Chanjing's page demands of a lip sync: video_lip_sync/create."""

from typing import Any

from second.fields import Wrong, address, demand, integer, number, one_of, text


def check(given: Any) -> None:
    """Raise `Wrong` unless a request is as the page demands."""

    def within(low: float, high: float) -> Any:
        return lambda value: number(value) and low <= value <= high

    def tts(value: Any) -> bool:
        speech = {"speed": within(0.5, 2), "pitch": within(0.1, 3)}
        return bool(demand(value, {"text": text, "audio_man_id": text}, speech))

    demand(
        given,
        {"video_file_id": text},
        {
            "screen_width": integer,
            "screen_height": integer,
            "backway": one_of(1, 2),
            "drive_mode": one_of("", "random"),
            "callback": address,
            "model": one_of(0, 1),
            "audio_type": one_of("tts", "audio"),
            "tts_config": tts,
            "audio_file_id": text,
            "volume": lambda value: integer(value) and 1 <= value <= 100,
        },
    )
    needed = {"tts": "tts_config", "audio": "audio_file_id"}[given.get("audio_type", "tts")]
    other = ({"tts_config", "audio_file_id"} - {needed}) & given.keys()
    if needed not in given or other:
        raise Wrong(f"{needed} is needed, and nothing else")

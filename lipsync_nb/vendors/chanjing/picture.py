"""What an avatar video shows: a person, what is behind the person, and subtitles.

Call: ``create_video``, its objects ``person``, ``bg`` and ``subtitle_config``.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import model_validator

from lipsync_nb.vendors.base import Avatar, Display, Field, FromJob, Media, Model, NonBlank, Takes

USUAL_SCREEN = 1080, 1920
"""Width and height of the screen, in pixels, for which `USUAL_SUBTITLES` are recommended."""
USUAL_SUBTITLES = {
    "x": 31,
    "y": 1521,
    "width": 1000,
    "height": 200,
    "font_size": 64,
    "stroke_width": 7,
}
"""The place and the size of subtitles, in pixels, which the vendor recommends."""

Pixels = Annotated[int, Display(unit="px")]
Size = Annotated[int, Field(ge=1), Display(unit="px")]
Figure = Literal["whole_body", "sit_body", "circle_view"]
"""The figures that the page names."""
Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]
"""A colour such as ``#EDEDED``."""


class Person(Model):
    """The person, and the box on the screen that the person fills (``person``).

    The id alone, an `Avatar` or a job that makes one stand for the person with all defaults.
    """

    id: Annotated[
        NonBlank,
        Display(label="Person", listed_by="people", previewed_by="cover"),
        FromJob(Avatar, vendor="chanjing"),
    ]
    """The person's id (形象 id), from ``client.chanjing.people()`` or ``own_people()``,
    or an `OwnPerson`."""
    figure_type: Annotated[
        Figure | None,
        Display(
            label="Figure",
            options={
                "whole_body": "Whole body",
                "sit_body": "Sitting",
                "circle_view": "In a circle",
            },
        ),
    ] = None
    """Which figure of a public person (形象类型), as in ``people()``. By default the first one that
    is listed for the person, which is looked up before the request is sent. People of one's own
    have none."""
    x: Pixels = 0
    """Left edge of the box, in pixels from the left of the screen (x 位置)."""
    y: Pixels = 0
    """Upper edge of the box, in pixels from the top of the screen (y 位置)."""
    width: Size | None = None
    """Width of the box, in pixels (宽); by default the screen's."""
    height: Size | None = None
    """Height of the box, in pixels (高); by default the screen's."""
    drive_mode: Annotated[
        Literal["", "random"], Display(options={"": "From the start", "random": "Random start"})
    ] = ""
    """Empty to begin at the person's first frame, "random" at a random one (驱动模式)."""
    is_rgba_mode: Annotated[bool, Display(label="Transparent")] = False
    """Whether the video is transparent around the person: a webm of four channels (四通道 webm),
    without background and subtitles. The person must have been trained with such a clip."""
    backway: Annotated[
        Literal[1, 2],
        Display(label="At the clip's end", options={1: "Start again", 2: "Play backwards"}),
    ] = 1
    """At the end of the person's clip: 1 starts it again, 2 plays it backwards (播放顺序)."""
    source: Annotated[
        Literal[1] | None, Display(label="Made", options={1: "On the vendor's website"})
    ] = None
    """1 for a person that was made on the vendor's website and not through its API (来源)."""

    @model_validator(mode="before")
    @classmethod
    def _by_id(cls, value: Any) -> Any:
        is_person = value is None or isinstance(value, Mapping | Person)
        return value if is_person else {"id": value}

    def box(self, screen: tuple[int, int]) -> dict[str, int]:
        """Return where the person is on a screen of this width and height, as it is sent."""
        return _box(self, screen)


class Background(Model):
    """A picture behind the person (``bg``)."""

    picture: Annotated[Media, Takes(("image",), ("jpg", "png"), faces=0)]
    """The picture (背景图片): jpg or png."""
    x: Pixels = 0
    """Its left edge, in pixels from the left of the screen (x 坐标)."""
    y: Pixels = 0
    """Its upper edge, in pixels from the top of the screen (y 坐标)."""
    width: Size | None = None
    """Its width, in pixels (宽); by default the screen's."""
    height: Size | None = None
    """Its height, in pixels (高); by default the screen's."""

    def box(self, screen: tuple[int, int]) -> dict[str, int]:
        """Return where it is on a screen of this width and height, as it is sent."""
        return _box(self, screen)


class Subtitles(Model):
    """What is said, in writing (``subtitle_config``).

    Their place and size are by default those that the vendor recommends for a screen of 1080 x 1920
    pixels, scaled to the video's.
    """

    show: bool = True
    """Whether they are shown (是否显示字幕)."""
    x: Pixels | None = None
    """Left edge of their box, in pixels from the left of the screen (x 坐标)."""
    y: Pixels | None = None
    """Upper edge of their box, in pixels from the top of the screen (y 坐标)."""
    width: Size | None = None
    """Width of their box, in pixels (字幕显示范围宽度)."""
    height: Size | None = None
    """Height of their box, in pixels (字幕显示范围高度)."""
    font_size: Size | None = None
    """Size of the letters, in pixels (字号)."""
    color: Colour = "#FFFFFF"
    """Colour of the letters (字幕颜色), such as ``#FFFFFF``."""
    stroke_color: Colour = "#000000"
    """Colour of the letters' outline (描边颜色), such as ``#000000``."""
    stroke_width: Annotated[int | None, Field(ge=0), Display(unit="px")] = None
    """Width of the letters' outline, in pixels (描边宽度)."""
    font_id: Annotated[NonBlank | None, Display(label="Font", listed_by="fonts")] = None
    """The font's id (字体 id), from ``client.chanjing.fonts()``; by default the vendor's
    own choice."""
    asr_type: Annotated[
        Literal[0, 1], Display(label="Timing", options={0: "By listening", 1: "By the given text"})
    ] = 0
    """From where the times of the subtitles are taken (字幕时间戳来源): 0 from the sound, 1 from
    what the user gives."""

    def config(self, screen: tuple[int, int]) -> dict[str, Any]:
        """Return them for a screen of this width and height, as they are sent."""
        across, down = (size / usual for size, usual in zip(screen, USUAL_SCREEN, strict=True))
        scale = {"x": across, "width": across, "y": down, "height": down}
        smaller = min(across, down)
        usual = {
            name: max(1, round(value * scale.get(name, smaller)))
            for name, value in USUAL_SUBTITLES.items()
        }
        return {**usual, **self.model_dump(exclude_none=True)}


def _box(shown: Person | Background, screen: tuple[int, int]) -> dict[str, int]:
    size = {"width": shown.width or screen[0], "height": shown.height or screen[1]}
    return {"x": shown.x, "y": shown.y, **size}

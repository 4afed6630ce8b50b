"""What a drawn figure looks like: one look for each name."""

from dataclasses import dataclass
from hashlib import md5
from typing import Final

from lipsync_nb.sandbox.film.drawing import Colour, blend, darker

SKINS: Final[tuple[Colour, ...]] = (
    (250, 222, 202),
    (240, 200, 170),
    (224, 178, 142),
    (196, 144, 106),
    (156, 108, 78),
    (120, 80, 60),
)
HAIRS: Final[tuple[Colour, ...]] = (
    (38, 32, 34),
    (66, 44, 34),
    (104, 68, 42),
    (176, 130, 76),
    (146, 66, 40),
    (122, 120, 124),
)
TOPS: Final[tuple[Colour, ...]] = (
    (44, 62, 98),
    (120, 40, 52),
    (52, 92, 84),
    (70, 72, 80),
    (150, 96, 60),
    (92, 72, 128),
)
IRISES: Final[tuple[Colour, ...]] = ((74, 48, 34), (60, 84, 60), (60, 92, 124), (48, 40, 38))
HAIR_STYLES: Final = ("short", "swept", "bob", "long", "bun")
CLOTHES: Final = ("suit", "shirt", "sweater")


@dataclass(frozen=True)
class Look:
    """What a figure looks like."""

    skin: Colour
    hair: Colour
    top: Colour
    iris: Colour
    hair_style: str
    """One of ``HAIR_STYLES``."""
    clothes: str
    """One of ``CLOTHES``."""
    glasses: bool

    @property
    def made_up(self) -> bool:
        """Whether it wears lipstick (and no tie)."""
        return self.hair_style in {"bob", "long", "bun"}

    @property
    def lips(self) -> Colour:
        """Redder and darker than the skin."""
        return blend(darker(self.skin, 0.12), (186, 58, 66), 0.6 if self.made_up else 0.35)


def look_of(name: str) -> Look:
    """The look that belongs to a name; always the same one."""
    dice = md5(name.encode(), usedforsecurity=False).digest()
    return Look(
        skin=SKINS[dice[0] % len(SKINS)],
        hair=HAIRS[dice[1] % len(HAIRS)],
        top=TOPS[dice[2] % len(TOPS)],
        iris=IRISES[dice[3] % len(IRISES)],
        hair_style=HAIR_STYLES[dice[4] % len(HAIR_STYLES)],
        clothes=CLOTHES[dice[5] % len(CLOTHES)],
        glasses=dice[6] % 4 == 0,
    )

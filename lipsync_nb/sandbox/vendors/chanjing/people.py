"""蝉镜 Chanjing's public people: who they are, their pictures and clips, their tags."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lipsync_nb.sandbox.render import speech
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.signed_urls import Signer, StorageError
from lipsync_nb.sandbox.vendors.base import ApiCall
from lipsync_nb.sandbox.vendors.chanjing.voices import AUDITION_LIFETIME_S, VOICES
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

SIZES = {"whole_body": (1080, 1920), "sit_body": (1080, 1920), "circle_view": (728, 728)}
"""Figure → its width and height in pixels."""
MOST_TAGS = 50  # of a query
WOMAN, MAN, FORMAL, CASUAL = 1, 2, 3, 4
PEOPLE_TAGS = {
    "性别": {WOMAN: "女", MAN: "男"},
    "风格": {FORMAL: "商务", CASUAL: "休闲"},
}
VOICE_TAGS = {"语种": {11: "中文", 12: "英文"}, "音色": {13: "女声", 14: "男声"}}
TAGS = {1: PEOPLE_TAGS, 2: VOICE_TAGS}
"""business_type → groups → tags."""
FONTS = [{"id": "F-noto-sans-cjk-sc", "name": "Noto Sans CJK SC"}]
"""The renderer's font; the answer's fields are on no page."""


@dataclass(frozen=True)
class PublicPerson:
    """A person whom all clients can show.

    Args:
        id: As in the list.
        name: As in the list.
        look: The name by which the renderer draws the person.
        is_woman: Whether the renderer draws a woman.
        is_formal: Whether it draws a suit.
        figures: Those of ``SIZES`` that the person has.
    """

    id: str
    name: str
    look: str
    is_woman: bool
    is_formal: bool
    figures: tuple[str, ...] = tuple(SIZES)

    @property
    def tags(self) -> dict[int, str]:
        """Id → name of the person's tags."""
        mine = WOMAN if self.is_woman else MAN, FORMAL if self.is_formal else CASUAL
        return {key: PEOPLE_TAGS[group][key] for group, key in zip(PEOPLE_TAGS, mine, strict=True)}

    @property
    def voice_id(self) -> str:
        """The audio_man_id of the person's usual voice, which is Chinese."""
        gender = "female" if self.is_woman else "male"
        own = speech.VOICES_BY_ID
        fitting = [key for key, name in VOICES.items() if own[name].gender == gender]
        return next(key for key in fitting if own[VOICES[key]].language != "en")


PRINTED = "1421df93d7754ee19dcaa18e85b68f39"  # 文昊 in the page's example, with two figures


def _person(number: int, name: str, *, woman: bool = False, formal: bool = False) -> PublicPerson:
    return PublicPerson(f"5a0e1c1d2b7f4a5f9c0d6e8f7a1b2c{number}", name, name, woman, formal)


PEOPLE = (
    PublicPerson(
        id=PRINTED,
        name="文昊",
        look="沈川",
        is_woman=False,
        is_formal=True,
        figures=("sit_body", "circle_view"),
    ),
    _person(30, "林晓", woman=True, formal=True),
    _person(31, "何静", woman=True, formal=True),
    _person(32, "江月", woman=True),
    _person(33, "周宁", formal=True),
    _person(34, "赵雷", formal=True),
    _person(35, "吴迪"),
    _person(36, "许诺", formal=True),
)
BY_ID = {person.id: person for person in PEOPLE}


def found(query: Fields) -> list[PublicPerson]:
    """The people with all tags of a query, in the order that it asks for."""
    words = [word for word in query.text("tag_ids", "").split(",") if word]
    if len(words) > MOST_TAGS or not all(word.isdecimal() for word in words):
        raise FieldError("tag_ids must be numbers, separated by commas")
    wanted = {int(word) for word in words}
    people = [person for person in PEOPLE if wanted <= set(person.tags)]
    newest = query.choice("sort", ("latest", "hottest"), "latest") == "latest"
    return people if newest else people[::-1]


def told(person: PublicPerson, signer: Signer) -> dict[str, Any]:
    """A person as it is listed."""

    def url(kind: str, suffix: str) -> str:
        return signer.url(f"/chanjing/people/{person.id}_{kind}.{suffix}", AUDITION_LIFETIME_S)

    voice = VOICES[person.voice_id]
    return {
        "id": person.id,
        "name": person.name,
        "figures": [
            {
                "pic_path": url(kind, "png"),
                "type": kind,
                "cover": url(kind, "png"),
                "width": SIZES[kind][0],
                "height": SIZES[kind][1],
                "preview_video_url": url(kind, "mp4"),
                "bg_replace": True,
            }
            for kind in person.figures
        ],
        "gender": "Female" if person.is_woman else "Male",
        "width": 0,
        "height": 0,
        "audio_name": speech.VOICES_BY_ID[voice].name,
        "audio_man_id": person.voice_id,
        "audio_preview": signer.url(f"/auditions/{voice}.wav", AUDITION_LIFETIME_S),
        "tag_ids": list(person.tags),
        "tag_names": list(person.tags.values()),
    }


def tag_list(business_type: int) -> list[dict[str, Any]]:
    """The groups of tags of a business_type."""
    return [
        {
            "id": 100 * business_type + number,
            "name": group,
            "business_type": business_type,
            "tag_child_count": len(tags),
            "tag_list": [
                {"id": key, "name": name, "parent_id": 100 * business_type + number, "level": 1}
                for key, name in tags.items()
            ],
        }
        for number, (group, tags) in enumerate(TAGS[business_type].items())
    ]


class Previews:
    """The pictures and clips of public people, on the storage host.

    Args:
        resources: Shared by the vendors.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def calls(self) -> list[ApiCall]:
        """A picture or a clip; the signature in its URL is its only credential."""
        return [ApiCall("GET", "/chanjing/people/{name}", "other", self.preview, public=True)]

    async def preview(self, request: Request) -> Response:
        """A picture (png) or a clip (mp4) of a person's figure."""
        self._resources.signer.check(request)
        stem, _, suffix = request.path_params["name"].rpartition(".")
        person_id, _, kind = stem.partition("_")
        person = BY_ID.get(person_id)
        if person is None or kind not in person.figures:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
        path: Path = await self._resources.renderer.person(person.look, kind, SIZES[kind], suffix)
        return FileResponse(path, media_type={"png": "image/png", "mp4": "video/mp4"}[suffix])

"""What Chanjing lists for everybody, from the facts about its pages: people, tags, fonts."""

from typing import Any

from second.fields import Wrong

MOST_IN_PAGE = 50  # of people
PEOPLE = [
    {
        "id": f"1421df93d7754ee19dcaa18e85b68f{number + 28}",
        "name": f"数字人{number}",
        "gender": "" if number % 3 else "Female",
        "figures": [
            {
                "type": kind,
                "cover": f"https://res.chanjing.cc/{number}_{kind}.png",
                "pic_path": f"https://res.chanjing.cc/{number}_{kind}.png",
                "width": width,
                "height": height,
                "preview_video_url": f"https://res.chanjing.cc/{number}_{kind}.webm",
                "bg_replace": bool(number % 2),
            }
            for kind, width, height in [("sit_body", 1080, 1920), ("circle_view", 728, 728)]
        ],
        "width": 0,
        "height": 0,
        "audio_man_id": "C-f2429d07554749839849497589199916",
        "audio_name": "磁性中年男声",
        "audio_preview": "https://res.chanjing.cc/voice.wav",
        "tag_ids": [1, 2] if number % 2 else [1],
        "tag_names": ["商务", "女"] if number % 2 else ["商务"],
    }
    for number in range(12)
]
TAGS = {
    1: [{"id": 1, "name": "商务", "parent_id": 0}, {"id": 2, "name": "女", "parent_id": 1}],
    2: [{"id": 9, "name": "磁性", "parent_id": 0}],
}
FONTS = [{"id": "f-1", "name": "思源黑体"}, {"id": "f-2", "name": "楷体"}]


def figures_of(person_id: str) -> list[str] | None:
    """Return the figures of a public person, if there is one."""
    for person in PEOPLE:
        if person["id"] == person_id:
            return [figure["type"] for figure in person["figures"]]  # type: ignore[index, union-attr]
    return None


def people(query: dict[str, str]) -> list[dict[str, Any]]:
    """Return the public people with all tags of a query; `Wrong` if it is not as demanded."""
    known = {"page", "size", "tag_ids", "source", "sort"}
    if wrong := query.keys() - known:
        raise Wrong(f"no such parameter: {wrong}")
    if int(query.get("size", "10")) > MOST_IN_PAGE:
        raise Wrong("size: at most 50")
    if query.get("sort", "latest") not in ("latest", "hottest"):
        raise Wrong("sort")
    wanted = {int(tag) for tag in query.get("tag_ids", "").split(",") if tag}
    found = [person for person in PEOPLE if wanted <= set(person["tag_ids"])]  # type: ignore[arg-type]
    return found[::-1] if query.get("sort") == "hottest" else found


def tags(query: dict[str, str]) -> dict[str, Any]:
    """Return the groups of tags; `Wrong` if it is not told of what."""
    if query.get("business_type") not in ("1", "2"):
        raise Wrong("business_type: 1 people, 2 voices")
    kind = int(query["business_type"])
    name = {1: "数字人", 2: "声音"}[kind]
    return {
        "list": [{"id": 100 * kind, "name": name, "business_type": kind, "tag_list": TAGS[kind]}]
    }

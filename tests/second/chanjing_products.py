"""Chanjing's products beside lip sync and speech: what each of their calls answers as ``data``."""

import math
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from second import chanjing_lists
from second.chanjing_own import People, Trained, Voices
from second.chanjing_speech import is_public_voice
from second.chanjing_video import Videos
from second.fields import Wrong, demand, integer, text
from second.hosts import Hosts

MOST_LISTED = 10

CALLS = {
    "create_video": ("POST", "create_video"),
    "video": ("GET", "video"),
    "video_list": ("POST", "video_list"),
    "delete_video": ("POST", "delete_video"),
    "create_voice": ("POST", "create_customised_audio"),
    "voice": ("GET", "customised_audio"),
    "voice_list": ("POST", "list_customised_audio"),
    "delete_voice": ("POST", "delete_customised_audio"),
    "create_person": ("POST", "create_customised_person"),
    "person": ("GET", "customised_person"),
    "person_list": ("POST", "list_customised_person"),
    "delete_person": ("POST", "delete_customised_person"),
    "people": ("GET", "list_common_dp"),
    "tags": ("GET", "common/tag_list"),
    "fonts": ("GET", "font_list"),
}
"""The methods of `Products`: how each is called."""


class Products:
    """The calls; what is given is a query or a body. `Wrong` if it is not as the pages demand.

    Args:
        hosts: Where results lie, and who calls back.
        is_file: Tells whether there is a ready file of a service.
        is_sample: Tells whether there is something to clone at a URL.
        wishes: How its jobs end, and whether it answers oddly.
    """

    def __init__(
        self,
        hosts: Hosts,
        is_file: Callable[[Any, str], bool],
        is_sample: Callable[[str], bool],
        wishes: Callable[[], dict[str, bool]],
    ) -> None:
        self._hosts, self._wishes = hosts, wishes
        self.own_voices = Voices(is_sample)
        self.own_people = People(lambda file: is_file(file, "customised_person"))
        self.videos = Videos(hosts, self._figures_of, self.is_voice, is_file)

    def is_voice(self, voice_id: Any) -> bool:
        """Tell whether there is a voice: a public one, a cloned one, or a person's own."""
        if not isinstance(voice_id, str):
            return False
        own = self.own_voices.known(voice_id) or self.own_people.known(voice_id[2:])
        return own or is_public_voice(voice_id)

    def create_video(self, given: Any) -> Any:
        """创建视频合成任务."""
        video_id = self.videos.create(given, odd=self._wishes()["odd"])
        self._call_back(given, self.videos.looks, video_id, self.videos.told)
        return {"id": int(video_id)} if self._wishes()["odd"] else video_id

    def video(self, given: Any) -> Any:
        """获取视频详情."""
        return self.videos.look(_id(given), **self._wishes())

    def video_list(self, given: Any) -> Any:
        """获取视频列表, in capital letters unless it is odd."""
        rows = [self.videos.look(video, **self._wishes()) for video in reversed(self.videos.looks)]
        listed = self._page(rows, _page_of(given))
        if self._wishes()["odd"]:
            return listed
        return {"List": listed["list"], "PageInfo": listed["page_info"]}

    def delete_video(self, given: Any) -> Any:
        """删除视频."""
        self.videos.delete(_id(given))
        return _id(given)

    def create_voice(self, given: Any) -> Any:
        """创建定制声音."""
        return self.own_voices.create(given)

    def voice(self, given: Any) -> Any:
        """查询定制声音."""
        self.own_voices.look(_id(given))
        return self.own_voices.told(_id(given), **self._wishes())

    def voice_list(self, given: Any) -> Any:
        """定制声音列表."""
        return self._listed(self.own_voices, given)

    def delete_voice(self, given: Any) -> Any:
        """删除定制声音."""
        self.own_voices.delete(_id(given))
        return _id(given)

    def create_person(self, given: Any) -> Any:
        """生成数字人形象."""
        person_id = self.own_people.create(given)
        self._call_back(given, self.own_people.looks, person_id, self.own_people.told)
        return person_id

    def person(self, given: Any) -> Any:
        """查询数字人形象."""
        self.own_people.look(_id(given))
        return self.own_people.told(_id(given), **self._wishes())

    def person_list(self, given: Any) -> Any:
        """定制数字人列表."""
        return self._listed(self.own_people, given)

    def delete_person(self, given: Any) -> Any:
        """删除数字人形象."""
        self.own_people.delete(_id(given))
        return _id(given)

    def people(self, given: Any) -> Any:
        """公共数字人."""
        return self._page(chanjing_lists.people(given), int(given.get("page", "1")))

    def tags(self, given: Any) -> Any:
        """标签字典."""
        return chanjing_lists.tags(given)

    def fonts(self, given: Any) -> Any:
        """字体列表."""
        demand(given, {}, {})
        fonts = chanjing_lists.FONTS
        return {"list": fonts} if self._wishes()["odd"] else fonts

    def _figures_of(self, person_id: str) -> list[str]:
        figures = chanjing_lists.figures_of(person_id)
        if figures is None and not self.own_people.known(person_id):
            raise Wrong(f"no such person: {person_id}")
        return figures or []

    def _listed(self, trained: Trained, given: Any) -> Any:
        number = _page_of(given)
        known = [own_id for own_id in reversed(trained.looks) if trained.known(own_id)]
        for own_id in known:
            trained.look(own_id)
        return self._page([trained.told(own_id, **self._wishes()) for own_id in known], number)

    def _page(self, items: list[dict[str, Any]], number: int) -> dict[str, Any]:
        info = {
            "page": number,
            "size": MOST_LISTED,
            "total_count": len(items),
            "total_page": math.ceil(len(items) / MOST_LISTED),
        }
        shown = items[(number - 1) * MOST_LISTED : number * MOST_LISTED]
        return {"list": shown, "page_info": None if self._wishes()["odd"] else info}

    def _call_back(
        self, given: Any, looks: dict[str, int], job_id: str, told: Callable[..., Any]
    ) -> None:
        def ended() -> dict[str, Any]:
            if job_id not in looks:
                return {}
            looks[job_id] = 9
            data = told(job_id, **self._wishes())
            return {"trace_id": uuid4().hex, "code": 0, "msg": "success", "data": data}

        if url := given.get("callback"):
            self._hosts.call_back(url, ended)


def _id(given: Any) -> str:
    return str(demand(given, {"id": text}, {})["id"])


def _page_of(given: Any) -> int:
    return int(demand(given, {}, {"page": integer, "page_size": integer}).get("page", 1))

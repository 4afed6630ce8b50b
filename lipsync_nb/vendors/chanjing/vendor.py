"""Chanjing 蝉镜: its products, its catalogues, and what can be deleted."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from lipsync_nb.vendors.base import Avatar, Voice
from lipsync_nb.vendors.chanjing.api import ChanjingApi
from lipsync_nb.vendors.chanjing.avatar_video import AvatarVideoProduct
from lipsync_nb.vendors.chanjing.catalogues import (
    FONTS,
    OWN_PEOPLE,
    OWN_VOICES,
    PEOPLE,
    TAGS,
    VOICES,
    Catalogues,
)
from lipsync_nb.vendors.chanjing.deletion import delete
from lipsync_nb.vendors.chanjing.lip_sync import LipSyncProduct
from lipsync_nb.vendors.chanjing.lists import Rows
from lipsync_nb.vendors.chanjing.own_person import OwnPersonProduct
from lipsync_nb.vendors.chanjing.own_voice import OwnVoiceProduct
from lipsync_nb.vendors.chanjing.speech import SpeechProduct

if TYPE_CHECKING:
    from lipsync_nb.vendors.base.catalogue import Catalogue


class Chanjing(ChanjingApi):
    """Chanjing 蝉镜.

    Args:
        app_id: ``CHANJING_APP_ID``.
        secret_key: ``CHANJING_SECRET_KEY``.
        base_url: ``CHANJING_BASE_URL``, if not the vendor's own.
        proxy: Its proxy, such as ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default
            the environment's.

    Attributes:
        base_fee: Beans that are added to each estimate. Set it if your contract has such a fee.
    """

    name = "chanjing"
    title = "Chanjing 蝉镜"
    products = (
        LipSyncProduct,
        SpeechProduct,
        AvatarVideoProduct,
        OwnVoiceProduct,
        OwnPersonProduct,
    )
    prices = "≈ 1 bean per second of video, 2 with model 1, 3 with model 2"

    def __init__(
        self,
        app_id: str | SecretStr | None = None,
        secret_key: str | SecretStr | None = None,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, proxy=proxy, app_id=app_id, secret_key=secret_key)

    def voices(self) -> "Catalogue":
        """Return the public voices (``list_common_audio``).

        Columns: id, name, gender, lang, audition (the URL of a sample), speed, pitch, and more.
        """
        return _catalogue(self._catalogues.voices(), VOICES, audition="audio")

    def people(
        self,
        tags: int | str | Iterable[int | str] = (),
        sort: Literal["latest", "hottest"] | None = None,
        source: int | None = None,
    ) -> "Catalogue":
        """Return the public people (``list_common_dp``), with a row for each figure of a person.

        Columns: id, name, gender, figure_type, width, height, cover, preview_video_url, pic_path,
        bg_replace, audio_man_id (the person's usual voice), audio_name, audio_preview, tags,
        tag_ids.

        Args:
            tags: Ids of tags (see `tags`), or one id; a person must have all of them.
            sort: The order; by default the vendor's.
            source: Where the people are from (来源), as the vendor numbers it; no page says what
                the numbers mean.
        """
        rows = self._catalogues.people(tags, sort, source)
        return _catalogue(
            rows, PEOPLE, cover="image", preview_video_url="video", audio_preview="audio"
        )

    def own_voices(self) -> "Catalogue":
        """Return the voices that were cloned with `OwnVoice` (``list_customised_audio``).

        Columns: id, name, type, status, progress, err_msg, audio_path, and more.
        """
        return _catalogue(self._catalogues.own_voices(), OWN_VOICES, audio_path="audio")

    def own_people(self) -> "Catalogue":
        """Return the people that were trained with `OwnPerson` (``list_customised_person``).

        Columns: id, name, type, status, progress, err_reason, pic_url, preview_url, width, height,
        audio_man_id (the person's own voice), create_time, and more.
        """
        rows = self._catalogues.own_people()
        return _catalogue(rows, OWN_PEOPLE, pic_url="image", preview_url="video")

    def tags(self, of: Literal["people", "voices"]) -> "Catalogue":
        """Return the tags of people or of voices: id, name, parent_id, group (``tag_list``)."""
        return _catalogue(self._catalogues.tags(of), TAGS)

    def fonts(self) -> "Catalogue":
        """Return the fonts of subtitles (``font_list``).

        Columns: id, name, preview, ttf_path, and more. They are on no page: it is the vendor's own
        client that names them.
        """
        return _catalogue(self._catalogues.fonts(), FONTS)

    def delete_video(self, video: str) -> None:
        """Delete an avatar video at the vendor, by its id there (``delete_video``)."""
        delete(self, "delete_video", video, None)

    def delete_voice(self, voice: str | Voice) -> None:
        """Delete a voice of one's own (``delete_customised_audio``)."""
        delete(self, "delete_customised_audio", voice, Voice)

    def delete_person(self, person: str | Avatar) -> None:
        """Delete a person of one's own (``delete_customised_person``)."""
        delete(self, "delete_customised_person", person, Avatar)

    @cached_property
    def _catalogues(self) -> Catalogues:
        return Catalogues(self)


def _catalogue(rows: Rows, columns: Sequence[str], **previews: str) -> "Catalogue":
    from lipsync_nb.vendors.base.catalogue import Catalogue  # noqa: PLC0415 - it imports pandas

    return Catalogue.of(rows, previews, columns)

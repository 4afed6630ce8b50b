"""How a client shows itself: from the registry, in HTML and in text."""

from pathlib import Path

import pytest
from notebook.ledgers import client_of

import lipsync_nb as ls
from lipsync_nb.notebook.display import inputs, limits, limits_of
from lipsync_nb.vendors import VENDORS


def shown(folder: Path, *vendors: ls.vendors.base.Vendor) -> dict[str, str]:
    """The display of a client with these vendors."""
    with client_of(folder) as client:
        client.vendors.update({vendor.name: vendor for vendor in vendors})
        return client._repr_mimebundle_()


def test_every_vendor_has_a_row(tmp_path: Path) -> None:
    """Its title, its requests, its prices."""
    bundle = shown(tmp_path)

    for vendor in VENDORS.values():
        for text in bundle.values():
            assert vendor.title in text
            assert vendor.prices in text
            assert all(model.kind() in text for model in vendor.kinds)


def test_what_is_deprecated_is_marked(tmp_path: Path) -> None:
    """In the table of requests."""
    for text in shown(tmp_path).values():
        assert "VoiceModel (deprecated): name" in text
        assert "OwnVoice: title" in text


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the variables that are not set yet."""
    monkeypatch.setenv("CHANJING_APP_ID", "an id")

    text = shown(tmp_path)["text/plain"]

    assert "Chanjing 蝉镜: not connected: set CHANJING_SECRET_KEY\n" in text


def test_a_connected_vendor_says_where_its_key_is_from(tmp_path: Path) -> None:
    """Where, never what."""
    bundle = shown(tmp_path, ls.Yunai("CANARY"))

    assert "Yunai 云AI: connected, keys from argument" in bundle["text/plain"]
    assert "<td" in bundle["text/html"]
    assert "CANARY" not in str(bundle)


def test_inputs_are_the_models() -> None:
    """Required fields, choices of one, and further media with what they take."""
    assert inputs(ls.chanjing.LipSync) == "video (mp4, mov, webm), audio (mp3, m4a, wav) or tts"
    assert inputs(ls.lipsync_studio.LipSyncImage) == "image, audio, optional mask_image (image)"


def test_limits_reach_into_nested_models() -> None:
    """Sizes and lengths, also of a clone's sample."""
    assert ("clone.audio", "≥ 20 s, ≤ 100 MB") in list(limits(ls.yunai.AvatarVideo))


def test_limits_name_the_request_unless_all_fields_of_a_name_have_them() -> None:
    """That of Yunai's trained people is not one of its other clips."""
    lines = limits_of(ls.Yunai)

    assert "FastAvatar.video ≥ 30 s, ≤ 300 s, ≤ 1000 MB" in lines
    assert [line for line in lines if line.startswith(("video ", "VideoV2.", "Remix."))] == []
    assert "avatar ≤ 100 MB" in lines

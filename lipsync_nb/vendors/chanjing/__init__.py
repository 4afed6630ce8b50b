"""Chanjing 蝉镜: lip sync, speeches, videos of its people, voices and people of one's own."""

from lipsync_nb.vendors.chanjing.avatar_video import AvatarVideo, TextToSpeak
from lipsync_nb.vendors.chanjing.lip_sync import LipSync
from lipsync_nb.vendors.chanjing.own_person import OwnPerson
from lipsync_nb.vendors.chanjing.own_voice import OwnVoice
from lipsync_nb.vendors.chanjing.picture import Background, Person, Subtitles
from lipsync_nb.vendors.chanjing.speech import Speech
from lipsync_nb.vendors.chanjing.vendor import Chanjing

__all__ = [
    "AvatarVideo",
    "Background",
    "Chanjing",
    "LipSync",
    "OwnPerson",
    "OwnVoice",
    "Person",
    "Speech",
    "Subtitles",
    "TextToSpeak",
]

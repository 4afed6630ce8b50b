"""Yunai 云AI; see `lipsync_nb.vendors.yunai.vendor`."""

from lipsync_nb.vendors.yunai.avatar_video import AvatarVideo, CloneVoice, UseVoice
from lipsync_nb.vendors.yunai.fast_video import FastAvatar, FastVideo
from lipsync_nb.vendors.yunai.own_voice import OwnVoice
from lipsync_nb.vendors.yunai.remix import Remix
from lipsync_nb.vendors.yunai.rewrite import Rewrite
from lipsync_nb.vendors.yunai.speech import Speech
from lipsync_nb.vendors.yunai.vendor import Yunai
from lipsync_nb.vendors.yunai.video_v2 import VideoV2
from lipsync_nb.vendors.yunai.voice_training import ClonedSpeech, VoiceModel, VoiceTraining

__all__ = [
    "AvatarVideo",
    "CloneVoice",
    "ClonedSpeech",
    "FastAvatar",
    "FastVideo",
    "OwnVoice",
    "Remix",
    "Rewrite",
    "Speech",
    "UseVoice",
    "VideoV2",
    "VoiceModel",
    "VoiceTraining",
    "Yunai",
]

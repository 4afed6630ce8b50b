"""Chanjing 蝉镜: lips of a clip synced to audio, or to a text that one of its voices speaks."""

from lipsync_nb.vendors.chanjing.requests import LipSync, Speech
from lipsync_nb.vendors.chanjing.vendor import Chanjing

__all__ = ["Chanjing", "LipSync", "Speech"]

from .launcher import Sandbox as Sandbox
from .render.speech import speak as speak

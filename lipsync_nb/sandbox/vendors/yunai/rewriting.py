"""A text in other words: shorter, in another order, with a hook and a call to action."""

import re
import zlib

from lipsync_nb.sandbox.render.speech import CHINESE, sentences

LINK = re.compile(r"https?://\S+")
SHARED = re.compile(r"^[\d.]+\s+(?=复制)|复制[^，,]*[，,]|#\S+")
"""What apps add to a text that is shared."""
SYNONYMS = {
    "zh": {
        "我们": "咱们",
        "非常": "特别",
        "很多": "许多",
        "现在": "如今",
        "因为": "由于",
        "但是": "不过",
        "可以": "能",
        "新产品": "新品",
    },
    "en": {
        r"\bvery\b": "really",
        r"\bmany\b": "lots of",
        r"\bgood\b": "great",
        r"\bbuy\b": "get",
        r"\bnew\b": "brand-new",
        r"\bis not\b": "isn't",
        r"\bwe are\b": "we're",
    },
}
HOOKS = {
    "zh": ("你知道吗？", "先别划走！", "说个好消息："),
    "en": ("Did you know? ", "Wait a second! ", "Here is some news: "),
}
CALLS = {
    "zh": ("赶快来试试吧！", "喜欢就点个关注！", "快告诉你的朋友！"),
    "en": (" Try it today!", " Follow us for more!", " Tell your friends!"),
}


def rewritten(text: str) -> str:
    """The text in other words. The same text is always rewritten in the same way.

    What is said stays: each sentence is kept, the first one comes last.
    """
    plain = SHARED.sub("", LINK.sub("", text)).strip() or text
    language = "zh" if CHINESE.search(plain) else "en"
    for word, other in SYNONYMS[language].items():
        plain = re.sub(word, other, plain)
    said = [each.strip() for each in sentences(plain)]
    glue = "" if language == "zh" else " "
    body = glue.join([*said[1:], *said[:1]])
    if body[-1:] not in "。！？.!?":
        body += "。" if language == "zh" else "."
    number = zlib.crc32(text.encode())
    hook, call = HOOKS[language], CALLS[language]
    return f"{hook[number % len(hook)]}{body}{call[number // 7 % len(call)]}"

"""The READMEs' table of vendors, made from the registry.

Run ``python tests/vendor_table.py`` to print it in both languages.
"""

import sys

from vendors.cases import CASES

from lipsync_nb.notebook.display import inputs, limits_of
from lipsync_nb.notebook.text import deprecation
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor

HEADS = {
    "en": ("Vendor", "Keys", "Requests and their inputs", "Limits", "Prices", "Calls back"),
    "zh": ("厂商", "密钥", "请求与输入", "限制", "价格", "回调"),
}
CHINESE = {
    **{english: chinese for case in CASES.values() for english, chinese in case.chinese.items()},
    "not published": "未公布",
    "(image or video)": "(图片或视频)",
    "(image)": "(图片)",
    "(audio)": "(音频)",
    "(audio (": "(音频 (",
    "(deprecated)": "(已弃用)",
    "optional": "可选",
    " or ": " 或 ",
    "yes": "有",
    "no": "无",
}
"""The table's phrases that are words, not names."""


def table(language: str) -> str:
    """Return the table in Markdown.

    Args:
        language: ``"en"`` or ``"zh"``.
    """
    heads = HEADS[language]
    rows = [heads, ["---"] * len(heads), *(_row(kind, language) for kind in VENDORS.values())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(kind: type[Vendor], language: str) -> list[str]:
    variables = list(kind.variables.values())
    if kind.default_base_url is None:
        variables.append(kind.base_url_variable())
    needs = [
        f"`{model.kind()}`{_said(deprecation(model), language)}: {_said(inputs(model), language)}"
        for model in kind.kinds
    ]
    calls_back = "yes" if any(model.callback_field for model in kind.kinds) else "no"
    cells = [
        f"**{kind.title}**<br>`ls.{kind.name}`",
        "<br>".join(f"`{variable}`" for variable in variables),
        "<br>".join(needs),
        "<br>".join(limits_of(kind)) or "–",
        _said(kind.prices, language),
        _said(calls_back, language),
    ]
    return [cell.replace("|", "\\|") for cell in cells]


def _said(text: str, language: str) -> str:
    if language == "en" or text in CHINESE:
        return text if language == "en" else CHINESE[text]
    for english in (phrase for phrase in CHINESE if not phrase.isalpha() or phrase == "optional"):
        text = text.replace(english, CHINESE[english])
    return text


if __name__ == "__main__":
    sys.stdout.write(f"{table('en')}\n\n{table('zh')}\n")

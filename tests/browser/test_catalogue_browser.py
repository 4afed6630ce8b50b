"""What a vendor lists, as it is seen and heard in JupyterLab."""

import shutil

from browser.accessibility import faint, unnamed, unreached
from browser.cells import SANDBOXED
from browser.conftest import OpenNotebook
from browser.lab import Lab
from browser.test_player_browser import plays
from conftest import Samples
from playwright.sync_api import expect

from lipsync_nb.sandbox import Sandbox

PEOPLE = """
from lipsync_nb.vendors.base.catalogue import Catalogue
Catalogue.of(
    [{{"id": f"P-{{n}}", "name": f"<b>Nina {{n}}</b>", "cover": "{url}", "clip": "javascript:x"}}
     for n in range(100)],
    {{"cover": "image", "clip": "video"}},
)
"""


def test_voices_are_heard_and_people_are_seen(
    notebook: OpenNotebook, sandbox: Sandbox, lab: Lab, samples: Samples
) -> None:
    """Nothing is loaded before it is played or scrolled to; all is named, in both themes."""
    shutil.copy(samples.face, lab.root / "cover.png")
    opened = notebook(
        SANDBOXED.format(home=str(sandbox.home)),
        "voices = client.chanjing.voices(); voices",
        'voices[voices["lang"] == "zh"]',
        PEOPLE.format(url=f"{lab.url}/files/cover.png"),
        size=(1280, 2400),
    )
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url))
    opened.run_all()
    voices, chinese, people = (opened.output(cell) for cell in (1, 2, 3))

    expect(voices.locator("audio")).to_have_count(8)
    expect(chinese.locator("audio")).to_have_count(4)
    expect(people.locator("img")).to_have_count(10)
    expect(people.get_by_text("100 rows × 4 columns")).to_be_visible()
    expect(people.get_by_text("<b>Nina 0</b>")).to_be_visible()
    assert [url for url in asked if "/auditions/" in url] == []
    for sound in (voices.get_by_label("Audition of Emma"), chinese.locator("audio").first):
        sound.evaluate("sound => { sound.muted = true; return sound.play(); }")
        plays(sound)
    picture = people.get_by_role("img").first
    picture.scroll_into_view_if_needed()
    opened.page.wait_for_function("image => image.naturalWidth > 0", arg=picture.element_handle())
    for theme in ("light", "dark"):
        opened.theme(theme)
        opened.shot(f"catalogue-{theme}")
        for shown in (voices, people):
            assert unnamed(shown.locator(".ls-catalogue tbody")) == []
            assert faint(shown.locator(".ls-catalogue")) == []
            assert unreached(shown.locator(".ls-catalogue")) == []

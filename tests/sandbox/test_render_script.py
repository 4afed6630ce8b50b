"""Scripts and slides spoken by drawn figures."""

import itertools

import numpy as np
import pytest
from faces import face_video, no_face, portrait
from measures import darkness, sound_lag_ms, watch
from media_files import slides
from PIL import Image, ImageFont
from pptx import Presentation
from pptx.util import Inches

from lipsync_nb.sandbox.render import BadMedia, Scene, Style, render_script, slide_scenes
from lipsync_nb.sandbox.render import text as fonts
from lipsync_nb.sandbox.render.appearance import CLOTHES, HAIR_STYLES, appearance_of
from lipsync_nb.sandbox.render.face_detection import find_faces
from lipsync_nb.sandbox.render.mouth_motion import ANTICIPATION_S
from lipsync_nb.sandbox.render.scene import draw_figure_on
from lipsync_nb.sandbox.render.speech import sentences

SMALL = Style(height=240)
NAMES = {"look": "Anna", "voice": "en-emma", "studio": "S1"}
HELLO = Scene("Hello.")
NEWS = "We are all going home along the river, and nobody knows how far it is, or why."


def filmed(path, scenes, **options):
    """The decoded video of a script."""
    settings = {"subtitles": False, "aigc_mark": False, **NAMES, **options}
    style = settings.pop("style", SMALL)
    render_script(scenes, path / "out.mp4", style, **settings)
    return watch(path / "out.mp4")


def figure_on_paper(name, openness=0.0):
    pixels = np.full((420, 400, 3), (205, 214, 222), np.uint8)
    head = draw_figure_on(pixels, appearance_of(name), (200, 150), 76)
    head.speak(pixels, openness, 0)
    head.move(pixels, 0)
    return pixels


@pytest.mark.parametrize("number", range(12))
def test_figures_have_faces(number):
    """A face detector finds every figure's face where it was drawn, speaking or silent."""
    for openness in (0.0, 0.9):
        face = find_faces(figure_on_paper(f"somebody {number}", openness))[0]

        assert (face.x, face.y) == pytest.approx((200, 158), abs=20)
        assert 120 < face.size < 230


def test_looks_differ_by_name():
    """Names give all kinds of hair and clothes, and each name always the same look."""
    looks = [appearance_of(f"name {number}") for number in range(40)]

    assert {look.hair_style for look in looks} == set(HAIR_STYLES)
    assert {look.clothes for look in looks} == set(CLOTHES)
    assert len(set(looks)) > 35
    assert appearance_of("name 7") == looks[7]


@pytest.mark.parametrize("offset_ms", [0, -120])
def test_the_figure_speaks_in_time(offset_ms, tmp_path):
    """The drawn mouth is ahead of the voice as natural ones are, and as late or early as asked."""
    seen = filmed(tmp_path, [Scene(NEWS)], style=Style(height=240, av_offset_ms=offset_ms))

    lag_ms, fit = sound_lag_ms(seen, darkness(seen, lambda _: (190, 110, 237, 153)))

    assert lag_ms == pytest.approx(offset_ms + 1000 * ANTICIPATION_S, abs=25)
    assert fit > 0.7
    assert abs(seen.video_s - seen.sound_s) <= 1 / 25


def test_looks_and_studios_are_seen(tmp_path):
    """Another look changes the figure, another studio the room; the same names change nothing."""
    base = filmed(tmp_path, [HELLO]).frames[0].astype(int)
    again = filmed(tmp_path, [HELLO]).frames[0].astype(int)
    look = filmed(tmp_path, [HELLO], look="Bert").frames[0].astype(int)
    studio = filmed(tmp_path, [HELLO], studio="S3").frames[0].astype(int)

    middle, corner = np.s_[60:200, 150:280], np.s_[:60, :100]
    assert np.array_equal(base, again)
    assert np.abs(base - look)[middle].mean() > 10
    assert np.abs(base - look)[corner].mean() < 3
    assert np.abs(base - studio)[corner].mean() > 10


def test_subtitles_and_mark_have_their_places(tmp_path):
    """Subtitles stand at the bottom's middle, the mark at the right of it, each only if asked."""
    plain, titled, marked = (
        filmed(tmp_path, [HELLO], subtitles=titles, aigc_mark=mark).frames[10].astype(int)
        for titles, mark in ((False, False), (True, False), (False, True))
    )

    titles, mark = np.abs(titled - plain).max(axis=2), np.abs(marked - plain).max(axis=2)
    assert titles[190:225, 120:310].max() > 150
    assert titles[:180].mean() < 3
    assert mark[215:, 330:].max() > 100
    assert mark[:, :300].mean() < 3


def test_subtitles_show_the_sentence_that_is_spoken(tmp_path):
    """With the second sentence the subtitle changes."""
    scene = Scene("One. Two, and a little more.")
    plain, titled = (filmed(tmp_path, [scene], subtitles=titles) for titles in (False, True))

    shown = [
        np.abs(a.astype(int) - b)[190:225, 100:330].max(axis=2) > 100
        for a, b in zip(plain.frames, titled.frames, strict=True)
    ]
    changes = [np.mean(a != b) for a, b in itertools.pairwise(shown)]
    assert int(np.argmax(changes)) / 25 == pytest.approx(0.75, abs=0.35)
    assert max(changes) > 5 * sorted(changes)[-2]


def test_scenes_show_their_pictures_and_clips(tmp_path):
    """A picture is seen beside the speaker, a clip moves there, and the scenes follow in order."""
    hills, clip = no_face(tmp_path / "a.png"), face_video(tmp_path / "a.mp4", 0.8, size=(160, 120))
    scenes = [HELLO, Scene("A hill.", hills), Scene("And somebody who moves.", clip)]

    frames = [frame.astype(int) for frame in filmed(tmp_path, scenes).frames]

    card = np.s_[40:160, 70:220]
    early, late = frames[len(frames) // 2], frames[-10]
    moving = [np.abs(a - b)[card].mean() for a, b in itertools.pairwise(frames)]
    assert np.abs(early - frames[0])[card].mean() > 20
    assert np.abs(late - early)[card].mean() > 20
    assert np.median(moving[-20:]) > 3 * np.median(moving[:20])
    assert find_faces(late.astype(np.uint8), wanted=2)


def test_a_script_without_words_is_refused(tmp_path):
    """Punctuation alone cannot be spoken."""
    with pytest.raises(BadMedia, match="nothing to speak"):
        filmed(tmp_path, [Scene("…"), Scene("😀")])


def test_unreadable_scenes_are_refused(tmp_path):
    """A scene's broken picture is named; no video is left."""
    (tmp_path / "broken.png").write_bytes(b"nothing")

    with pytest.raises(BadMedia, match=r"broken\.png"):
        filmed(tmp_path, [Scene("Look here.", tmp_path / "broken.png")])

    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("你好。今天天气很好！走吧", ["你好。", "今天天气很好！", "走吧"]),
        ("It costs 3.50 now. Really? Yes!", ["It costs 3.50 now.", "Really?", "Yes!"]),
        ("Wait... what?!  。", ["Wait...", "what?!。"]),
        ("😀", [""]),
        ("", [""]),
    ],
)
def test_texts_are_cut_into_sentences(text, parts):
    """Full stops of both scripts end a sentence; decimal points and lone signs do not."""
    assert sentences(text) == parts


def test_chinese_is_drawn_and_breaks_anywhere():
    """All Chinese can be drawn, and lines break between its characters."""
    text = "为推动我国制造业数字化转型, promote intelligent manufacturing 技术正确应用"

    lines = fonts.wrapped(text, 24, 300)

    assert fonts.readable(text) == text
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(fonts.font(24).getlength(line) <= 300 for line in lines)


def test_what_cannot_be_drawn_is_said(monkeypatch):
    """Without a font for them, characters are counted in words instead of drawn as boxes."""
    monkeypatch.setattr(fonts, "font", ImageFont.load_default)

    assert fonts.readable("AI 生成 ok") == "AI [2 characters without a font] ok"


@pytest.fixture
def deck(tmp_path):
    """Four slides: a list with notes, a picture, a table, and nothing."""
    deck = Presentation()
    first, second, third, _ = (deck.slides.add_slide(deck.slide_layouts[n]) for n in (1, 5, 5, 6))
    first.shapes.title.text = "复古艺术"
    body = first.placeholders[1].text_frame
    body.text = "来自过去的风格"
    body.add_paragraph().text = "A second line"
    first.notes_slide.notes_text_frame.text = "大家好，今天聊聊复古艺术。"
    second.shapes.title.text = "A picture"
    second.shapes.add_picture(str(portrait(tmp_path / "p.png")), Inches(1), Inches(2))
    third.shapes.title.text = "Numbers"
    table = third.shapes.add_table(1, 2, 0, 0, 100, 100).table
    table.cell(0, 0).text, table.cell(0, 1).text = "one", "two"
    deck.save(str(tmp_path / "deck.pptx"))
    return tmp_path / "deck.pptx"


def test_slides_become_scenes(deck, tmp_path):
    """Each slide gives a picture of its text, and its notes to speak; its text is not spoken."""
    scenes = slide_scenes(deck, tmp_path)

    texts = ["大家好，今天聊聊复古艺术。", "", "", ""]
    pictures = [np.asarray(Image.open(scene.media)).astype(int) for scene in scenes]
    ink = [(picture.max(axis=2) < 200).mean() for picture in pictures]
    assert [scene.text for scene in scenes] == texts
    assert {picture.shape for picture in pictures} == {(720, 1280, 3)}
    assert ink[0] > ink[3] + 0.005
    assert ink[1] > ink[3] + 0.05


def test_slides_are_spoken(deck, tmp_path):
    """A slide without notes stays for two seconds; the figure speaks the notes of the others."""
    scenes = slide_scenes(deck, tmp_path)[:2]

    seen = filmed(tmp_path, scenes, subtitles=True)

    assert 3 < seen.video_s < 7
    assert np.abs(seen.sound[:, -seen.rate :]).max() < 0.01


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0 an old one"])
def test_other_files_are_no_slides(content, tmp_path):
    """What is not a PPTX is refused by name."""
    (tmp_path / "deck.pptx").write_bytes(content)

    with pytest.raises(BadMedia, match=r"deck\.pptx is not a readable PPTX"):
        slide_scenes(tmp_path / "deck.pptx", tmp_path)


def test_a_deck_without_slides_is_refused(tmp_path):
    """An empty presentation has nothing to show."""
    Presentation().save(str(tmp_path / "deck.pptx"))

    with pytest.raises(BadMedia, match="has no slides"):
        slide_scenes(tmp_path / "deck.pptx", tmp_path)


def test_a_deck_without_notes_is_refused(tmp_path):
    """The text on its slides is not spoken."""
    slides(tmp_path / "deck.pptx")

    with pytest.raises(BadMedia, match="has no notes"):
        slide_scenes(tmp_path / "deck.pptx", tmp_path)

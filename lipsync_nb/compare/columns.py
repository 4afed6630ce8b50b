"""The measured columns: name, unit, type and meaning, for the code, the help and the report."""

from dataclasses import dataclass
from textwrap import fill
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class Column:
    """A measured column.

    Attributes:
        name: The name in the DataFrame, which ends in the unit if there is one.
        unit: The unit of the values; empty for ratios and flags.
        meaning: Formula, source and limits.
        dtype: The type in the DataFrame.
    """

    name: str
    unit: str
    meaning: str
    dtype: Literal["float64", "boolean", "string"] = "float64"


COLUMNS: Final = (
    Column(
        "width",
        "px",
        "Width of the frames as shown, with the rotation in the file applied. Padding counts.",
    ),
    Column(
        "height",
        "px",
        "Height of the frames as shown, with the rotation in the file applied. Padding counts.",
    ),
    Column(
        "fps",
        "frames/s",
        "(frames - 1) / (last - first presentation time). Repeated frames count: see frozen.",
    ),
    Column(
        "vfr",
        "",
        "Whether the frame rate varies: the frames' intervals deviate by more than 15 % of their "
        "mean (standard deviation).",
        "boolean",
    ),
    Column(
        "bitrate_kbps", "kbit/s", "File size / duration: pictures, sound and container together."
    ),
    Column("size_mb", "MB", "File size in 10^6 bytes."),
    Column(
        "duration_s",
        "s",
        "Time from the first frame to the end of the last one, by presentation times. The duration "
        "in the container is not used.",
    ),
    Column(
        "truncated_s",
        "s",
        "Seconds that the file announces and does not have, as after a download that broke off. "
        "0 if it has what it announces within 0.5 s or 2 %, or announces nothing.",
    ),
    Column(
        "duration_delta_s",
        "s",
        "duration_s less the length of the speech. Above 0: the video is longer. Up to one frame "
        "is rounding.",
    ),
    Column(
        "sound_excess_s",
        "s",
        "End of the sound less end of the picture, by presentation times. Above 0: the sound goes "
        "on after the last frame.",
    ),
    Column(
        "av_offset_ms",
        "ms",
        "How late the sound is against the mouth: the lag L at which R(L) is largest, plus 90 ms. "
        "R(L), for |L| <= 600 ms, is the correlation of the mouth at t with the sound at t + L, "
        "each passed through linear filters that were learned once over clips of several people; "
        "no neural network. Above 0: sound late. Differences of offsets are right within 20 ms; "
        "the zero was set on 18 talking heads of other generators and is uncertain by 25 ms. "
        "Missing where sync_reliable is false. Cannot tell lips that move in time from lips of "
        "the right shape.",
    ),
    Column(
        "av_offset_low_ms",
        "ms",
        "Lower end of the 95 % interval of av_offset_ms, by a block bootstrap over time (0.5 s), "
        "and at least 20 ms below it, the error of known shifts. It does not contain the "
        "uncertainty of the zero. Below 15 frames per second, half the time between two frames is "
        "added on either side.",
    ),
    Column("av_offset_high_ms", "ms", "Upper end of this interval."),
    Column(
        "av_offset_min_ms",
        "ms",
        "Smallest offset of the shots and of the windows of 5 s that have a reliable one, if these "
        "differ by more than 80 ms; else av_offset_ms. Given also where the best lag is at the end "
        "of the range, so that the sound is this early or late at least.",
    ),
    Column("av_offset_max_ms", "ms", "Largest of these offsets."),
    Column(
        "drift_ms_per_min",
        "ms/min",
        "How much av_offset_ms grows in a minute: the median slope between any two windows of "
        "5 s with a reliable offset, of which three are needed. Uncertain by about 20 ms over the "
        "length of the video.",
    ),
    Column(
        "sync_corr",
        "",
        "max R: mouth-sound correlation by linear filters, -1 to 1: the mean correlation of six "
        "pairs of filters, weighted by what they reached over the clips they were learned from. "
        "Not SyncNet's LSE-C or LSE-D, nor to be compared with them. It grades the timing, not "
        "the shapes of the lips.",
    ),
    Column(
        "sync_corr_low",
        "",
        "Lower end of the 95 % interval of sync_corr, by a block bootstrap over time (0.5 s), at "
        "the best lag of the clip.",
    ),
    Column("sync_corr_high", "", "Upper end of this interval."),
    Column(
        "sync_conf",
        "",
        "max R - median R: how far the best lag stands out. Own sound against foreign speech, on "
        "clips that nobody learned from: AUC 0.98 on web clips, 1.00 on generated heads, 0.88 on "
        "sentences of 3 s.",
    ),
    Column(
        "sync_reliable",
        "",
        "Whether sync_conf x sqrt(seconds compared) >= 0.90, the best lag is not at the end of the "
        "range, the 80 % interval of the offset is at most 120 ms wide, and shots and windows "
        "agree within 80 ms. By the first condition alone, 89 % of web clips were reliable with "
        "their own sound and 0 % with foreign speech; expect fewer below 5 s. False says that "
        "nothing is known of the sync, or that there is no single offset; notes say which.",
        "boolean",
    ),
    Column(
        "sync_filters",
        "",
        "The version of the filters. Values of different versions are not compared.",
        "string",
    ),
    Column(
        "audio_lag_ms",
        "ms",
        "How late the speech is in the video's sound: the peak of their cross-correlation, "
        "|lag| <= 2 s. Missing where the sound is not the speech's own recording.",
    ),
    Column(
        "audio_corr",
        "",
        "The correlation of the waveforms of sound and speech at the lag where it is largest, "
        "0 to 1. It is near 0 if the vendor changed the voice or the speed: see audio_mel_corr.",
    ),
    Column(
        "audio_mel_corr",
        "",
        "The correlation of the levels of sound and speech in six bands from 100 to 6000 Hz "
        "every 20 ms, at the best lag within 2 s: whether the same words are said at the same "
        "pace, in any voice.",
    ),
    Column(
        "audio_sisdr_db",
        "dB",
        "Scale-invariant signal-to-distortion ratio at audio_lag_ms: energy of the speech in the "
        "sound / energy of the rest, at 16 kHz. Music and re-encoding both lower it.",
    ),
    Column(
        "loudness_lufs",
        "LUFS",
        "Integrated loudness of the sound by ITU-R BS.1770-5, as EBU R 128 uses it: mean power "
        "after K-weighting in windows of 400 ms, less those below -70 LUFS and those 10 LU below "
        "the mean. Channels and rate are those of the file; one channel counts as played by two "
        "speakers, as players do. Measured by FFmpeg's ebur128. At least 0.4 s are needed.",
    ),
    Column(
        "clipped",
        "",
        "Share of the samples, in the worst channel, that lie in runs of 3 or more with at least "
        "0.9 of full scale: AAC moves clipped samples by about 0.1. Clean speech has less than "
        "0.0005. Loud tones and limited music count as well.",
    ),
    Column(
        "upper_face_ncc",
        "",
        "Upper-face similarity, -1 to 1: normalised cross-correlation of eyes and brows with "
        "those of the face given, median of the frames. Not CSIM: it compares pixels, not "
        "identity. Blinks, turns and changes of light lower it.",
    ),
    Column(
        "psnr_outside_db",
        "dB",
        "Peak signal-to-noise ratio against the face given, outside the mouth: 10 log10(255^2 / "
        "mean square difference of the luma), over up to 100 frames that are spread over the "
        "result, at most 60. The lower face is left out: 0.55 sides of the face's box to the left "
        "and right of its centre and 0.75 sides down. Each frame is compared with the clip's frame "
        "that is most like it there, so that repeats, playing back and forth, other frame rates "
        "and lost frames do not count. Both are brought to the smaller size. A shift of one pixel "
        "lowers it. Missing for a picture whose head moves (eyes and brows are 0.01 sides away "
        "from their place in a tenth of the frames), for a clip that was cropped (0.05 sides in "
        "half of them), and where the result has another shape.",
    ),
    Column(
        "ssim_outside",
        "",
        "Mean structural similarity of the same frames outside the mouth, -1 to 1 (Wang et al. "
        "2004: Gaussian window of 11 px, deviation 1.5; K1 0.01, K2 0.03), on luma. Windows that "
        "touch the lower face are left out.",
    ),
    Column(
        "background_change",
        "",
        "Mean change of the background from one frame to the next that the face given does not "
        "have, in grey levels: |(r(t) - r(t-1)) - (f(m(t)) - f(m(t-1)))| of thumbnails of 32 px, "
        "with the result r and the clip's most similar frame f(m); for a picture f does not "
        "change. Background is what lies beside heads (1 side of the face's box to the left, to "
        "the right and up) and shoulders (1.75 sides, down to the edge); it must be a tenth of "
        "the frame. 0: still, or as in the clip.",
    ),
    Column(
        "sharp_face",
        "",
        "Variance of the Laplacian of the face's upper part, brought to 256 px width, grey "
        "levels squared, median of the frames. Noise and ringing raise it, too.",
    ),
    Column(
        "sharp_mouth",
        "",
        "Variance of the Laplacian of the mouth's region, measured as sharp_face is. Much below "
        "sharp_face: a blurred mouth.",
    ),
    Column(
        "silence_motion_ratio",
        "",
        "Mean motion of the mouth in silence / in speech, each at least 0.3 s. Near 1: it moves "
        "independently of the sound. Missing if music fills the silence.",
    ),
    Column(
        "face_found",
        "",
        "Share of the searched frames (every fifth) with a frontal face (Haar cascade). Turned and "
        "covered faces are not found.",
    ),
    Column(
        "frozen",
        "",
        "Share of the frames that equal the one before them: shrunk to 240 px on the shorter "
        "side, no block of 16 px differs by 0.5 grey levels or more on average. A silent "
        "head that does not move counts as frozen, too.",
    ),
    Column(
        "frozen_s",
        "s",
        "The longest time that a picture stays: from its first frame to the first that differs, by "
        "the measure of frozen; 0 if each frame differs from the one before. FFmpeg's "
        "freezedetect looks at the mean of the whole frame instead, in which a mouth hardly "
        "counts. From 2 s on, notes say where.",
    ),
    Column(
        "black_s",
        "s",
        "How long black frames are shown, all together. As in FFmpeg's blackdetect, 98 % of the "
        "pixels have a luma of 37 or less (10 % of the range from 16 to 235); here of the frame "
        "shrunk to 240 px, and however short. Notes say where.",
    ),
    Column(
        "wer",
        "",
        "Word error rate: the fewest words to insert, delete or replace in what transcribe heard, "
        "to get the text / words of the text (Levenshtein). Without a text, the transcript of the "
        "speech takes its place. Both are brought to Unicode NFKC, case-folded, and freed of "
        "punctuation; each Chinese or Japanese character is a word. Spellings of numbers, and "
        "traditional against simplified characters, count as errors, and so do the recogniser's "
        "own. It may be above 1. Only with transcribe.",
    ),
    Column(
        "cer",
        "",
        "Character error rate: the same over characters, without spaces. Only with transcribe.",
    ),
)
"""All measured columns, in order. `measure` adds ``notes``: why a metric is missing."""

NAMES: Final = tuple(column.name for column in COLUMNS)
TRANSCRIPT: Final = ("wer", "cer")
"""The last columns. They need a recogniser of speech, which only the user can give."""


def definitions() -> str:
    """Return the definitions of all columns as a list for the help."""
    return "\n".join(
        fill(
            f"{column.name}{f' [{column.unit}]' if column.unit else ''}: {column.meaning}", **_LIST
        )
        for column in COLUMNS
    )


_LIST: Final[dict[str, Any]] = {
    "width": 96,
    "initial_indent": "- ",
    "subsequent_indent": "  ",
    "break_on_hyphens": False,
}

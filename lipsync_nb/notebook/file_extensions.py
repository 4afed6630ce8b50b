"""The file extensions by which pictures, clips and sounds are told apart before they are read."""

EXTENSIONS = {
    "image": frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}),
    "video": frozenset(
        {".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v", ".3gp", ".ts", ".mts", ".m2ts"}
    ),
    "audio": frozenset(
        {".mp3", ".m4a", ".wav", ".flac", ".ogg", ".aac", ".opus", ".amr", ".mka", ".aiff"}
        | {".webm", ".weba"}  # as browsers record
    ),
    "slides": frozenset({".pptx"}),
}
"""The usual file extensions, by the kind of medium."""

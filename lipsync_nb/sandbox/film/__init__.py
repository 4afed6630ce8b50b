"""The renderer: pictures, clips, speech and slides become talking videos."""

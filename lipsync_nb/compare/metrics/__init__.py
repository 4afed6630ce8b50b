"""The metrics of one video: decoding, face and mouth, sharpness, similarity, loudness, sync."""

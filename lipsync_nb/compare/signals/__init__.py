"""What is seen and heard in a video, and the figures taken from it."""

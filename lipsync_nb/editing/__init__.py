"""What is done to speech before a job, and to videos after it. Nothing here costs money."""

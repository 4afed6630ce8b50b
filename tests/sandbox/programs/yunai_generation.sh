curl --location --request POST '/avatar/generation' \
--header 'Content-Type: application/json' \
--data-raw '{
    "audio_url": "https://filesystem.site/cdn/20250107/RFDQkBGVrHFydzGzzvgXGQmbuPhicK.mp3",
    "avatar_url": "https://filesystem.site/cdn/20250107/W213dUwMKyxZzXVvW0wUETJZ8KiUDB.mp4"
}'

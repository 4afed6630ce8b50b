curl -X POST https://your-domain.com/api/v1/generate \
-H "X-API-Key: ld_your_api_key_here" \
-F "source=@avatar.jpg" \
-F "audio=@speech.mp3" \
-F "type=image" \
-F "callback_url=https://your-domain.com/callback"

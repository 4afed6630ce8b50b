curl -X GET https://your-domain.com/api/v1/download/a1b2c3d4-e5f6-7890 \
-H "X-API-Key: ld_your_api_key_here" \
-o output.mp4

# Create a test link
curl -X POST https://api.linkbreakers.com/v1/links \
-H "Authorization: Bearer YOUR_TOKEN" \
-H "Content-Type: application/json" \
-d '{
"destination": "https://example.com",
"name": "Test Link"
}'
# Get link details
curl -H "Authorization: Bearer YOUR_TOKEN" \
https://api.linkbreakers.com/v1/links/LINK_UUID
# List recent events
curl -H "Authorization: Bearer YOUR_TOKEN" \
"https://api.linkbreakers.com/v1/events/list?page_size=10"

#!/bin/sh
# Creates a hand-over session and prints it. Run it with: sh create.sh
set -eu

SERVER='https://baton.example.com'
TOKEN_URL='https://auth.example.com/api/oauth/token'
CLIENT_ID='your-client-id'
CLIENT_SECRET="${CLIENT_SECRET:-your-client-secret}" # from the environment, not from the source

# A token for this server. With an API key of Baton: bearer=$BATON_KEY
bearer=$(curl --silent --show-error --fail --max-time 10 "$TOKEN_URL" \
  --data-urlencode grant_type=client_credentials \
  --data-urlencode "client_id=$CLIENT_ID" \
  --data-urlencode "client_secret=$CLIENT_SECRET" |
  sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')

# What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
data=$(base64 <<'JSON' | tr -d '\n'
{
  "documents": [{ "documentType": "PASSPORT", "reading": { "enabled": true } }],
  "facialRecognition": { "enabled": true },
  "backgroundCheck": { "enabled": true }
}
JSON
)

# "reference" is your own id; "claim": "once" lets one phone only take the session; "requester" is who asks, as the phone shows
# it. Without a "token", the phone gets the bearer for its calls to the provider: name one that may do no more than a phone
# has to.
curl --silent --show-error --fail-with-body --max-time 10 "$SERVER/api/v1/session" \
  --header "Authorization: Bearer $bearer" \
  --header 'Content-Type: application/json' \
  --data "{
    \"data\": \"$data\",
    \"reference\": \"registration-4711\",
    \"claim\": \"once\",
    \"requester\": { \"name\": \"Example Shop\" }
  }"
echo

# Keep sessionId with the registration in your database; give qrCodeText and qrCodeTextWithDynamicLink to the page.

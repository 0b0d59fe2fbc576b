#!/bin/sh
# Fetches a session's result from the provider. Run it with: sh follow-up.sh SESSION_ID
# It only fetches: curl cannot check a signature, and a result that was not checked proves nothing. Check it in a language
# with a JWT library, as the other tabs do, before you act on a word of it.
set -eu

PROVIDER='https://id.example.com'
TOKEN_URL='https://auth.example.com/api/oauth/token'
CLIENT_ID='your-client-id'
CLIENT_SECRET="${CLIENT_SECRET:-your-client-secret}" # from the environment, not from the source

if [ $# -ne 1 ]; then
  echo "usage: sh follow-up.sh SESSION_ID" >&2
  exit 1
fi
session_id=$1 # from your own record of the registration, never from the page

bearer=$(curl --silent --show-error --fail --max-time 10 "$TOKEN_URL" \
  --data-urlencode grant_type=client_credentials \
  --data-urlencode "client_id=$CLIENT_ID" \
  --data-urlencode "client_secret=$CLIENT_SECRET" |
  sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')

# The result, a signed text of three parts (a JWS), and the keys to check it by.
curl --silent --show-error --fail-with-body --max-time 10 "$PROVIDER/api/v1/info/$session_id" \
  --header "Authorization: Bearer $bearer" --header 'Accept: application/jwt'
echo
curl --silent --show-error --fail-with-body --max-time 10 "$PROVIDER/api/.well-known/jwks.json"
echo

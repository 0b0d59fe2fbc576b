#!/bin/sh
# Prints where a session stands. Run it with: sh status.sh SESSION_ID
set -eu

SERVER='https://baton.example.com'
TOKEN_URL='https://auth.example.com/api/oauth/token'
CLIENT_ID='your-client-id'
CLIENT_SECRET="${CLIENT_SECRET:-your-client-secret}" # from the environment, not from the source

if [ $# -ne 1 ]; then
  echo "usage: sh status.sh SESSION_ID" >&2
  exit 1
fi
session_id=$1 # from your own record of the registration

# A token for this server. With an API key of Baton: bearer=$BATON_KEY
bearer=$(curl --silent --show-error --fail --max-time 10 "$TOKEN_URL" \
  --data-urlencode grant_type=client_credentials \
  --data-urlencode "client_id=$CLIENT_ID" \
  --data-urlencode "client_secret=$CLIENT_SECRET" |
  sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')

# status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404.
curl --silent --show-error --fail-with-body --max-time 10 "$SERVER/api/v1/session/$session_id/status" \
  --header "Authorization: Bearer $bearer"
echo

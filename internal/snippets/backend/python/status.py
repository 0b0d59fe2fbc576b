"""Prints where a session stands. Run it with: python3 status.py SESSION_ID"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

SERVER = "https://baton.example.com"
TOKEN_URL = "https://auth.example.com/api/oauth/token"
CLIENT_ID = "your-client-id"
CLIENT_SECRET = os.environ.get("CLIENT_SECRET") or "your-client-secret"  # from the environment, not from the source


def session_status(session_id):
    """status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404."""
    request = urllib.request.Request(
        SERVER + "/api/v1/session/" + urllib.parse.quote(session_id, safe="") + "/status",
        headers={"Authorization": "Bearer " + bearer()},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as problem:
        raise SystemExit(f"{problem.code} {problem.read().decode()}")  # names what to change


def bearer():
    """A token for the server. With an API key of Baton, return the key."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with urllib.request.urlopen(TOKEN_URL, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
        return json.load(answer)["access_token"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python3 status.py SESSION_ID")
    print(json.dumps(session_status(sys.argv[1])))  # in your backend: from your own record of the registration

"""Creates a hand-over session and prints it. Run it with: python3 create.py"""

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request

SERVER = "https://baton.example.com"
TOKEN_URL = "https://auth.example.com/api/oauth/token"
CLIENT_ID = "your-client-id"
CLIENT_SECRET = os.environ.get("CLIENT_SECRET") or "your-client-secret"  # from the environment, not from the source


def create_session(reference):
    """Keep sessionId with the registration in your database; give qrCodeText and qrCodeTextWithDynamicLink to the page."""
    # What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
    enrolment = {
        "documents": [{"documentType": "PASSPORT", "reading": {"enabled": True}}],
        "facialRecognition": {"enabled": True},
        "backgroundCheck": {"enabled": True},
    }
    body = {
        "data": base64.b64encode(json.dumps(enrolment).encode()).decode(),
        "reference": reference,  # your own id
        "claim": "once",  # one phone only may take the session
        "requester": {"name": "Example Shop"},  # who asks, as the phone shows it
        # "token": without it the phone gets the bearer for its calls to the provider; name one that may do no more than
        # a phone has to.
    }
    request = urllib.request.Request(
        SERVER + "/api/v1/session",
        json.dumps(body).encode(),
        {"Authorization": "Bearer " + bearer(), "Content-Type": "application/json"},
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
    print(json.dumps(create_session("registration-4711")))

"""Fetches a session's result from the provider and checks it. Run it with:
pip install "pyjwt[crypto]" && python3 follow_up.py SESSION_ID"""

import json
import os
import sys
import urllib.parse
import urllib.request

import jwt

PROVIDER = "https://id.example.com"  # where results and their keys are
ISSUER = "https://issuer.example.com"  # who must have signed: iss
AUDIENCE = "your-audience"  # for whom: aud
TOKEN_URL = "https://auth.example.com/api/oauth/token"
CLIENT_ID = "your-client-id"
CLIENT_SECRET = os.environ.get("CLIENT_SECRET") or "your-client-secret"  # from the environment, not from the source

# The provider's keys, fetched when a result names one that is not known yet. Keep it for the life of the process.
keys = jwt.PyJWKClient(PROVIDER + "/api/.well-known/jwks.json")


def result(session_id):
    """What the provider says of a session, once it is certain that the provider says so, to us, of this session."""
    request = urllib.request.Request(
        PROVIDER + "/api/v1/info/" + urllib.parse.quote(session_id, safe=""),
        headers={"Authorization": "Bearer " + bearer(), "Accept": "application/jwt"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        signed = answer.read().decode().strip()
    claims = jwt.decode(
        signed,
        keys.get_signing_key_from_jwt(signed).key,
        algorithms=["RS256"],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["iss", "aud", "exp", "jti"]},
    )
    if claims["jti"].lower() != session_id.lower():
        raise ValueError("the result is another session's")
    return claims["data"]


def bearer():
    """A token for the provider."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with urllib.request.urlopen(TOKEN_URL, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
        return json.load(answer)["access_token"]


if __name__ == "__main__":
    # In your backend the session's id comes from your own record of the registration, never from the page.
    print(json.dumps(result(sys.argv[1])))

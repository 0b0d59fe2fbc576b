"""Fetches a session's result from the provider, checks that it is genuine, and decides. Run it with:
python3 -m venv .venv && .venv/bin/pip install "pyjwt[crypto]" && .venv/bin/python follow_up.py SESSION_ID
(on Windows .venv/Scripts/ in place of .venv/bin/; Debian's python3-jwt does as well: sudo apt install python3-jwt python3-cryptography,
then /usr/bin/python3 follow_up.py SESSION_ID)"""

import datetime
import json
import os
import re
import sys
import urllib.error
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
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            signed = answer.read().decode().strip()
    except urllib.error.HTTPError as problem:
        raise SystemExit(f"no result: {problem.code} {problem.read().decode()}")  # the text says why
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


def decide(data):
    """Says why a genuine result is not good enough, by a code that the page has words for, or None. Here is the place for your
    own rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists."""
    documents = data["documents"]
    if len(documents) != 1 or documents[0]["documentType"] != "PASSPORT":
        return "DOCUMENT_REFUSED"  # not what was asked for
    document = documents[0]
    front = document["scan"]["front"]
    expires = front.get("dateOfExpiryFullFormatted") or front.get("dateOfExpiryFormatted") or ""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", expires) or expires < today:
        return "DOCUMENT_REFUSED"  # expired, or it does not say when: a passport does

    checks = next((one for one in data.get("verifications") or [] if one["documentType"] == "PASSPORT"), {})

    def score(name):
        return (checks.get(name) or {}).get("score") or 0  # of 100; no score: it was not looked for

    if score("idPhotoTamperingDetection") > 70:
        return "DOCUMENT_REFUSED"  # another photo in it
    if score("idScreenDetection") > 50 or score("idPrintDetection") > 50:
        return "DOCUMENT_REFUSED"  # no original
    if (checks.get("mrzChecksum") or {}).get("valid") is False:
        return "DOCUMENT_REFUSED"
    chip_read = bool((document.get("reading") or {}).get("data"))
    signed = (checks.get("reading") or {}).get("passiveAuthentication") or {}
    sound = (signed.get("documentSigningCertificateSignatureValid"), signed.get("documentDataSignatureValid")) == (True, True)
    if chip_read and not sound:
        return "DOCUMENT_REFUSED"  # the chip does not hold what its country signed
    face = document.get("face") or {}
    least = 3 if chip_read else 2  # of 5; the chip's picture is better than the printed one
    if face.get("match") is not True or (face.get("matchLevel") or 0) < least:
        return "FACE_NO_MATCH"
    if (data.get("backgroundCheck") or {}).get("match") is not False:
        return "BACKGROUND_REFUSED"  # on a list, or not looked up
    return None


def bearer():
    """A token for the provider."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    with urllib.request.urlopen(TOKEN_URL, urllib.parse.urlencode(form).encode(), timeout=10) as answer:
        return json.load(answer)["access_token"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python follow_up.py SESSION_ID")
    # In your backend the session's id comes from your own record of the registration, never from the page.
    try:
        found = result(sys.argv[1])
    except OSError as problem:
        sys.exit(f"no result: {problem}")
    except (jwt.PyJWTError, ValueError) as problem:
        sys.exit(f"refused: {problem}")  # the signature, or what it says of itself
    refused = decide(found)
    if refused:
        sys.exit("refused: " + refused)
    print("accepted: the result is genuine and good enough", file=sys.stderr)
    print(json.dumps(found))

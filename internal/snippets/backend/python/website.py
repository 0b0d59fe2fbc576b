"""A whole small site: it serves the page element.html, which lies beside this file, creates sessions, fetches and checks
results, and decides. Run it with:
python3 -m venv .venv && .venv/bin/pip install "pyjwt[crypto]" && .venv/bin/python website.py
and open http://localhost:3000 (PORT=8000 in front of .venv/bin/python: http://localhost:8000).
On Windows .venv/Scripts/ stands in place of .venv/bin/. Debian's python3-jwt does as well: sudo apt install python3-jwt
python3-cryptography, then /usr/bin/python3 website.py"""

import base64
import datetime
import http.cookies
import http.server
import json
import os
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

import jwt

SERVER = "https://baton.example.com"
PROVIDER = "https://id.example.com"  # where results and their keys are
ISSUER = "https://issuer.example.com"  # who must have signed: iss
AUDIENCE = "your-audience"  # for whom: aud
TOKEN_URL = "https://auth.example.com/api/oauth/token"
CLIENT_ID = "your-client-id"
CLIENT_SECRET = os.environ.get("CLIENT_SECRET") or "your-client-secret"  # from the environment, not from the source
PORT = int(os.environ.get("PORT", 3000))

keys = jwt.PyJWKClient(PROVIDER + "/api/.well-known/jwks.json")

# What the app on the phone is to do. decide(), below, fits it.
ENROLMENT = {
    "documents": [{"documentType": "PASSPORT", "reading": {"enabled": True}}],
    "facialRecognition": {"enabled": True},
    "backgroundCheck": {"enabled": True},
}

WORDS = {
    "DOCUMENT_REFUSED": "We could not accept the document.",
    "FACE_NO_MATCH": "The face does not match the document.",
    "BACKGROUND_REFUSED": "A person has to look at this. Please contact us.",
}

# Who is registering, by a cookie, and the session that belongs to it. In your product: the registration in your database.
registrations = {}


def page(visitor):
    return 200, "text/html; charset=utf-8", pathlib.Path(__file__).with_name("element.html").read_bytes()


def create_session(visitor):
    body = {
        "data": base64.b64encode(json.dumps(ENROLMENT).encode()).decode(),
        "claim": "once",
        "requester": {"name": "Example Shop"},  # who asks, as the phone shows it
    }
    headers = {"Authorization": "Bearer " + bearer(), "Content-Type": "application/json"}
    created = call(SERVER + "/api/v1/session", json.dumps(body).encode(), headers)
    registrations[visitor] = json.loads(created)["sessionId"]
    return 200, "application/json", created


def follow_up(visitor):
    session_id = registrations.get(visitor)  # our own record: what the page says does not count
    if session_id is None:
        raise ValueError("nobody has registered here")
    signed = call(PROVIDER + "/api/v1/info/" + session_id, None, {"Authorization": "Bearer " + bearer()}).decode().strip()
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
    code = decide(claims["data"])
    if code:
        return 422, "application/json", json.dumps({"code": code, "message": WORDS[code]}).encode()
    document = claims["data"]["documents"][0]["documentType"].lower()
    return 200, "text/plain; charset=utf-8", f"Welcome. We have checked your {document}.".encode()


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
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return json.loads(call(TOKEN_URL, urllib.parse.urlencode(form).encode(), {}))["access_token"]


def call(url, body, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return answer.read()
    except urllib.error.HTTPError as problem:
        raise OSError(f"{problem.code} {problem.read().decode()}") from None  # the text says why


ROUTES = {("GET", "/"): page, ("POST", "/session"): create_session, ("POST", "/follow-up"): follow_up}


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer()

    def do_POST(self):
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            self.send_error(403)  # another site's page
            return
        self.answer()

    def answer(self):
        route = ROUTES.get((self.command, self.path))
        if route is None:
            self.send_error(404)
            return
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get("visitor")
        visitor = cookie.value if cookie else str(uuid.uuid4())
        try:
            status, kind, body = route(visitor)
        except Exception as problem:
            print(f"{self.path}: {problem!r}", file=sys.stderr)  # for you; the visitor is told no more than this
            status, kind, body = 502, "text/plain; charset=utf-8", b"That did not work."
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        if not cookie:
            self.send_header("Set-Cookie", f"visitor={visitor}; HttpOnly; SameSite=Strict; Path=/")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    try:
        server = http.server.ThreadingHTTPServer(("localhost", PORT), Site)
    except OSError as problem:
        sys.exit(f"localhost:{PORT}: {problem.strerror}. Set PORT to another one.")
    print(f"Open http://localhost:{server.server_port}", flush=True)
    server.serve_forever()

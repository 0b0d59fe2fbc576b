"""A whole small site: it serves the page element.html, which lies beside this file, creates sessions, and fetches and checks
results. Run it with: pip install "pyjwt[crypto]" && python3 website.py, and open http://localhost:3000"""

import base64
import http.cookies
import http.server
import json
import os
import pathlib
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

# Who is registering, by a cookie, and the session that belongs to it. In your product: the registration in your database.
registrations = {}


def page(visitor):
    return "text/html; charset=utf-8", pathlib.Path(__file__).with_name("element.html").read_bytes()


def create_session(visitor):
    data = base64.b64encode(b'{"documents":[{"documentType":"PASSPORT"}]}').decode()
    headers = {"Authorization": "Bearer " + bearer(), "Content-Type": "application/json"}
    created = call(SERVER + "/api/v1/session", json.dumps({"data": data, "claim": "once"}).encode(), headers)
    registrations[visitor] = json.loads(created)["sessionId"]
    return "application/json", created


def follow_up(visitor):
    session_id = registrations[visitor]  # our own record: what the page says does not count
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
    document = claims["data"]["documents"][0]["documentType"].lower()
    return "text/plain; charset=utf-8", f"Welcome. We have checked your {document}.".encode()


def bearer():
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return json.loads(call(TOKEN_URL, urllib.parse.urlencode(form).encode(), {}))["access_token"]


def call(url, body, headers):
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
        return answer.read()


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
            kind, body = route(visitor)
        except Exception as problem:
            print(f"{self.path}: {problem!r}")
            self.send_error(502)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        if not cookie:
            self.send_header("Set-Cookie", f"visitor={visitor}; HttpOnly; SameSite=Strict; Path=/")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("localhost", PORT), Site)
    print(f"Open http://localhost:{server.server_port}", flush=True)
    server.serve_forever()

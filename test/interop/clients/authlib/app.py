"""A Flask app that signs people in by Authlib: what web-app.ts asks of an app."""

import json
import os
import secrets
from importlib.metadata import version
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, abort, redirect, session
from werkzeug.serving import make_server

ORIGIN = os.environ["ORIGIN"]

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)

# Tokens of each of the app's own sessions.
tokens = {}


def keep(name, token, refresh_token=None, access_token=None):
    """Authlib calls it when it has refreshed an expired access token by itself."""
    tokens[session["id"]].update(token)


oauth = OAuth(app, update_token=keep)
oauth.register(
    "countersign",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=os.environ["ISSUER"] + "/.well-known/openid-configuration",
    client_kwargs={"scope": os.environ["SCOPE"], "code_challenge_method": "S256"},
)
countersign = oauth.countersign


def held():
    return tokens.get(session.get("id")) or abort(401)


@app.get("/login")
def login():
    return countersign.authorize_redirect(ORIGIN + "/callback")


@app.get("/callback")
def callback():
    # Checks state, the signature by the JWKS, iss, aud, exp, nonce and at_hash.
    token = countersign.authorize_access_token()
    session["id"] = secrets.token_urlsafe()
    tokens[session["id"]] = dict(token)
    return redirect("/claims")


@app.get("/claims")
def claims():
    return dict(held()["userinfo"])


@app.get("/userinfo")
def userinfo():
    return dict(countersign.userinfo(token=held()))


@app.get("/refresh")
def refresh():
    before = held()["access_token"]
    # As if its time were over: then Authlib refreshes before it asks.
    countersign.userinfo(token={**held(), "expires_at": 1})
    # An ID token that was refreshed has no nonce.
    refreshed = countersign.parse_id_token(held(), nonce=None)
    return {"before": before, "after": held()["access_token"], "sub": refreshed["sub"]}


@app.get("/logout")
def logout():
    endpoint = countersign.load_server_metadata()["end_session_endpoint"]
    query = {"id_token_hint": held()["id_token"], "post_logout_redirect_uri": ORIGIN + "/bye"}
    return redirect(endpoint + "?" + urlencode(query))


server = make_server("127.0.0.1", int(ORIGIN.rsplit(":", 1)[1]), app)
print(json.dumps({"version": f"{version('Authlib')} (Flask {version('Flask')})"}), flush=True)
server.serve_forever()

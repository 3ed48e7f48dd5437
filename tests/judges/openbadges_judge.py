"""What 1EdTech's openbadges 1.1.2 says of the Open Badges 2.0 assertions of a built site.

    openbadges_judge.py SITE

Nothing is fetched: what stands at the site's addresses comes from SITE, the context of Open Badges 2.0 from the package
itself. It refuses an assertion that is revoked for what such an assertion does not have; it knows no `revoked` in one.
"""

import collections
import collections.abc
import io
import json
import logging
import re
import sys
from pathlib import Path

# It is of 2020, and takes these from where they stood until Python 3.10.
for name in ["Callable", "Iterable", "Mapping", "MutableMapping", "Sequence"]:
    setattr(collections, name, getattr(collections.abc, name))

import requests
from freezegun import freeze_time
from openbadges.verifier import verify
from openbadges.verifier.openbadges_context import OPENBADGES_CONTEXT_V2_DICT

TABLE = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
SITE = Path(sys.argv[1])
BASE = "https://badges.cxpa.example/"


class Files(requests.adapters.BaseAdapter):
    """Answers from files."""

    def send(self, request, **_):
        response = requests.Response()
        response.request, response.url = request, request.url
        path = SITE / request.url.removeprefix(BASE)
        response.status_code, content, kind = 404, b"", "text/plain"
        if request.url == "https://w3id.org/openbadges/v2":
            content = json.dumps(OPENBADGES_CONTEXT_V2_DICT).encode()
            response.status_code, kind = 200, "application/ld+json"
        elif request.url.startswith(BASE) and path.is_file():
            kinds = {".json": "application/json", ".png": "image/png", ".svg": "image/svg+xml"}
            response.status_code, content, kind = 200, path.read_bytes(), kinds[path.suffix]
        response.headers["Content-Type"] = kind
        response.raw = io.BytesIO(content)
        response.encoding = "utf-8"
        return response

    def close(self):
        pass


requests.Session.get_adapter = lambda _session, url: Files()


def judge(award: str, recipient=None) -> list:
    """Everything that it calls an error; a wrong recipient is one."""
    report = verify(f"{BASE}verify/{award}/assertion.json", recipient, use_cache=False)["report"]
    errors = [message["result"] for message in report["messages"] if message["messageLevel"] == "ERROR"]
    if report["valid"] != (not errors):
        errors.append(f"valid: {report['valid']}")
    return errors


def main() -> int:
    wrong = accepted = refused = 0
    stripped = r"Required property recipient not present"
    reasons = {"revoked": stripped, "suspended": stripped, "expired": r"expired on", "upcoming": r"in the future"}
    for path in sorted(SITE.glob("verify/*/assertion.json")):
        award = path.parent.name
        status = re.search(r'data-status="([a-z]+)"', (path.parent / "index.html").read_text("utf-8")).group(1)
        if status == "superseded":
            expires = json.loads(path.read_text("utf-8")).get("expires", "9999")
            status = "expired" if expires < TABLE["at"] else "active"
        errors = judge(award)
        reason = reasons.get(status)
        if "--talk" in sys.argv:
            print(award, status, errors)
        if (reason is None) == bool(errors) or reason and not re.search(reason, " ".join(errors)):
            print(f"{award}, which is {status}: {errors or 'accepted'}")
            wrong += 1
        accepted, refused = accepted + (not errors), refused + bool(errors)
    # The hash of the mail address is the one that everybody makes of it.
    award, email = TABLE["awards"][TABLE["recipient"]["award"]], TABLE["recipient"]["email"]
    for address, right in [(email, True), ("somebody@else.example", False)]:
        if (judge(award, {"email": address}) == []) != right:
            print(f"{award} of {address}: {judge(award, {'email': address})}")
            wrong += 1
    print(f"openbadges: {accepted} accepted, {refused} refused, {wrong} wrong")
    return wrong or not accepted or not refused


# A traceback of its own for each of them.
logging.disable()
with freeze_time(TABLE["at"]):
    sys.exit(main() != 0)

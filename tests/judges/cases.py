#!/usr/bin/env python3
"""Makes a folder for each case that the judges are given: the files of one award, changed as cases.json says.

    cases.py SITE OTHER LATER CASES

SITE is a built site, OTHER the same with other keys, LATER the first again, in which the good award has been revoked.
Besides what cases.json says, every award of SITE is a case; what is expected of it is what its page says.
Nothing but Python's own library is needed.
"""

import base64
import json
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).parent
PAGE = {"active": "valid", "expiring": "valid", "expired": "expired", "upcoming": "not yet valid",
        "revoked": "withdrawn", "suspended": "withdrawn"}


def pack(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def change(document: dict, path: list, value) -> None:
    """Sets a member, or takes it away."""
    for step in path[:-1]:
        document = document[step]
    if value is None:
        del document[path[-1]]
    else:
        document[path[-1]] = value


def compact(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def change_jwt(jwt: str, case: dict, kid: str) -> str:
    """Changes what a JWT says; its signature stays."""
    header, payload, signature = jwt.strip().split(".")
    if "set" in case:
        said = json.loads(unpack(payload))
        change(said, *case["set"])
        # Who changes a date changes the claim with it.
        claim = {"validFrom": "nbf", "validUntil": "exp"}.get(case["set"][0][0])
        if claim:
            said[claim] = int(datetime.fromisoformat(case["set"][1].replace("Z", "+00:00")).timestamp())
        payload = pack(compact(said))
    if "method" in case:
        header = pack(compact({**json.loads(unpack(header)), "kid": kid}))
    return f"{header}.{payload}.{signature}\n"


def write(folder: Path, case: dict, sites: dict, awards: dict) -> None:
    award = awards.get(case["award"], case["award"])
    source = sites[case.get("site", "site")] / "verify" / award
    folder.mkdir(parents=True)
    changed = "set" in case or "method" in case
    credential = json.loads((source / "credential.json").read_text("utf-8"))
    jwt = (source / "credential.jwt").read_text("utf-8")
    if changed:
        if "set" in case:
            change(credential, *case["set"])
        good = sites["site"] / "verify" / award
        kid = json.loads(unpack((good / "credential.jwt").read_text("utf-8").split(".")[0]))["kid"]
        if "method" in case:
            proof = json.loads((good / "credential.json").read_text("utf-8"))["proof"]
            credential["proof"]["verificationMethod"] = proof["verificationMethod"]
        (folder / "credential.json").write_bytes(compact(credential))
        (folder / "credential.jwt").write_text(change_jwt(jwt, case, kid), "utf-8")
    else:
        # To the byte, as they are published.
        for name in ["credential.json", "credential.jwt", "badge.png", "badge.svg"]:
            if (source / name).exists():
                shutil.copy(source / name, folder / name)
    status = sites[case.get("status", "site")] / "verify" / award / "status.json"
    shutil.copy(status, folder / "status.json")
    # The issuer is the one of the first site, whoever signed.
    shutil.copy(sites["site"] / ".well-known/did.json", folder / "did.json")
    expected = {"case": case["case"], "verdict": case["verdict"], "jwt": case.get("jwt", case["verdict"])}
    (folder / "case.json").write_bytes(compact(expected))


def of_all_pages(site: Path, at: str):
    for page in sorted((site / "verify").glob("*/credential.json")):
        html = (page.parent / "index.html").read_text("utf-8")
        status = re.search(r'data-status="([a-z]+)"', html).group(1)
        until = json.loads(page.read_text("utf-8")).get("validUntil", "9999")
        # One that was superseded is genuine; what it says of itself is only its time.
        verdict = PAGE.get(status) or ("expired" if until < at else "valid")
        yield {"case": f"{page.parent.name}, which is {status}", "award": page.parent.name, "verdict": verdict}


def main() -> None:
    site, other, later, out = map(Path, sys.argv[1:])
    table = json.loads((HERE / "cases.json").read_text("utf-8"))
    sites = {"site": site, "other": other, "later": later}
    cases = table["cases"] + list(of_all_pages(site, table["at"]))
    for number, case in enumerate(cases):
        write(out / f"{number:03}", case, sites, table["awards"])
    print(f"{len(cases)} cases")


main()

"""What openbadgeslib says of each case: of the credential, the JWT, and the picture with the credential in it.

    openbadgeslib_judge.py CASES

Nothing is fetched: contexts come with openbadgeslib, the issuer's keys and the status list from each case. It only
believes status lists that are JWTs; ours carry a proof, so that it reads them without checking who signed them
(`verify_status_list=False`). The Digital Credentials Consortium's verifier checks that.
"""

import json
import re
import sys
from pathlib import Path

from freezegun import freeze_time
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from openbadgeslib.verify import verify_badge

TABLE = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
DID = "did:web:badges.cxpa.example"

# What it says where it refuses, for each of our verdicts.
REASONS = {
    "altered": r"^(OB3 verification failed: )?Invalid (signature|Data Integrity proof \(signature mismatch\))$",
    "another key": r"DID document has no verificationMethod with id",
    "expired": r"Credential has expired",
    "not yet valid": r"not yet valid",
    "undefined term": r"grade\).* a term no pinned context defines",
    "withdrawn": r"Credential status 'revocation' is set at index 1",
}


def judge(files: Path, form: str) -> str:
    """What it says, or nothing where it accepts."""

    def download(url: str, *_args, **_kwargs) -> bytes:
        if url == "https://badges.cxpa.example/.well-known/did.json":
            return (files / "did.json").read_bytes()
        if url.endswith("/status.json"):
            return (files / "status.json").read_bytes()
        raise OSError(f"nothing is fetched: {url}")

    how = {"check_status": True, "verify_status_list": False, "download": download}
    content = (files / form).read_bytes()
    try:
        if form == "credential.json":
            OB3LdpVerifier.for_issuer_did(DID).verify(content, **how)
        elif form == "credential.jwt":
            OB3Verifier.for_issuer_did(DID, download=download).verify(content.decode().strip(), **how)
        else:
            result = verify_badge(content, "3", resolve_did=True, **how)
            return "" if result.valid else str(result.reason)
    except OB3VerificationError as refusal:
        return str(refusal) or repr(refusal)
    return ""


def main() -> int:
    counts = {}
    wrong = 0
    for files in sorted(Path(sys.argv[1]).iterdir()):
        case = json.loads((files / "case.json").read_text("utf-8"))
        for form in ["credential.json", "credential.jwt", "badge.png", "badge.svg"]:
            if not (files / form).exists():
                continue
            said = judge(files, form)
            verdict = case["jwt" if form == "credential.jwt" else "verdict"]
            if "--talk" in sys.argv:
                print(f"{case['case']}, {form}: {said or 'accepted'}")
            reason = None if verdict == "valid" else REASONS[verdict]
            if (said == "") != (reason is None) or reason and not re.search(reason, said):
                print(f"{files.name} {case['case']}, {form}: should be {verdict}, and is: {said or 'accepted'}")
                wrong += 1
            key = (form, "refused" if said else "accepted")
            counts[key] = counts.get(key, 0) + 1
    told = ", ".join(f"{form} {number} {what}" for (form, what), number in sorted(counts.items()))
    print(f"openbadgeslib: {told}; {wrong} wrong")
    return wrong or len(counts) < 8


with freeze_time(TABLE["at"]):
    sys.exit(main() != 0)

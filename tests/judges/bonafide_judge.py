#!/usr/bin/env python3
"""What `bonafide verify` says of each case that the others are given.

    bonafide_judge.py CASES BONAFIDE
"""

import json
import subprocess
import sys
from pathlib import Path

AT = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))["at"]
VERDICTS = {"another key": "signed by another key", "undefined term": "cannot be checked"}

wrong = seen = 0
for files in sorted(Path(sys.argv[1]).iterdir()):
    case = json.loads((files / "case.json").read_text("utf-8"))
    forms = [form for form in ["credential.json", "credential.jwt", "badge.png", "badge.svg"] if (files / form).exists()]
    given = ["--key", files / "did.json", "--status", files / "status.json", "--at", AT, "--format", "json"]
    run = subprocess.run([sys.argv[2], "verify", *(files / form for form in forms), *given], capture_output=True)
    results = json.loads(run.stdout)["results"]
    for form, result in zip(forms, results, strict=True):
        expected = VERDICTS.get(case["verdict"], case["verdict"])
        seen += 1
        if result["verdict"] != expected:
            wrong += 1
            print(f"{files.name} {case['case']}, {form}: should be {expected}, and is: {result}")
    if (run.returncode == 0) != all(result["verdict"] == "valid" for result in results):
        wrong += 1
        print(f"{files.name} {case['case']}: exit status {run.returncode}")
print(f"bonafide verify: {seen} files, {wrong} wrong")
sys.exit(wrong > 0 or seen == 0)

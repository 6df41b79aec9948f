"""What a comparison takes of an exported state: everything but its secrets, wherever they lie."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.exported import UNKNOWN, grafted
from rehearsal.marks import SECRET, SIGNATURE

URN = "urn:pulumi:prod::acme::kubernetes:core/v1:Secret::keys"
THEIRS = [{"ciphertext": "v1:of-production"}, {"plaintext": '"of-production"'}]


def secret(**held: str) -> dict[str, str]:
    return {SIGNATURE: SECRET, **held}


def state(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    resource = {"urn": URN, "inputs": inputs, "outputs": {"all": inputs}, "protect": True}
    return {"version": 3, "deployment": {"manifest": {}, "resources": [resource], **more}}


@pytest.mark.parametrize("theirs", THEIRS, ids=["encrypted", "in clear"])
@pytest.mark.parametrize("rehearsed", [True, False], ids=["known to the base", "unknown to the base"])
def test_no_secret_of_an_export_is_taken_over(theirs: dict[str, str], *, rehearsed: bool) -> None:
    ours = secret(plaintext='"placeholder"')
    export = state({"name": "keys", "users": [{"name": "a", "key": secret(**theirs)}]})
    base = state({"name": "other", "users": [{"name": "b", "key": ours}] if rehearsed else []})
    made = grafted(export, base, salt="v1:salt")
    assert "of-production" not in json.dumps(made)
    (resource,) = made["deployment"]["resources"]
    expected = ours if rehearsed else secret(plaintext=json.dumps(UNKNOWN))
    assert resource["inputs"] == {"name": "keys", "users": [{"name": "a", "key": expected}]}
    assert resource["outputs"]["all"] == resource["inputs"]
    assert resource["protect"] is True


def test_the_key_is_the_rehearsals_own_and_operations_without_an_end_are_left_out() -> None:
    theirs = {"type": "cloud", "state": {"url": "awskms://alias/theirs"}}
    export = state({}, secrets_providers=theirs, pending_operations=[{"type": "creating"}])
    deployment = grafted(export, state({}), salt="v1:salt")["deployment"]
    assert deployment["secrets_providers"] == {"type": "passphrase", "state": {"salt": "v1:salt"}}
    assert "pending_operations" not in deployment

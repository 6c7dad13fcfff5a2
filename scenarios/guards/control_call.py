"""The other end of a control port: asks a run to stop."""

from __future__ import annotations

import http.client
import json

from scenarios.guards.control_file import Control

WITHIN_S = 10.0


class ControlError(Exception):
    """The run does not answer on its control port."""


def ask_to_stop(control: Control, reason: str) -> str:
    """Stops the run behind `control` and returns why it stops, which is somebody else's reason
    when that came first. Raises ControlError."""
    connection = http.client.HTTPConnection("127.0.0.1", control.port, timeout=WITHIN_S)
    try:
        body = json.dumps({"reason": reason})
        headers = {"Authorization": f"Bearer {control.token}"}
        connection.request("POST", "/stop", body=body, headers=headers)
        reply = connection.getresponse()
        said = json.loads(reply.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        what = f"its control port does not answer: {error}"
        raise ControlError(f"{control.run_id}: {what}; a file called STOP works too") from error
    finally:
        connection.close()
    if reply.status != http.client.OK:
        raise ControlError(f"{control.run_id}: {said.get('error', reply.reason)}")
    return str(said["detail"])

"""Tells customers what became of their orders."""

import json
import sys
import uuid

from kurrentdbclient import KurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import ServiceUnavailableError, WrongCurrentVersionError

TEXTS = {
    "order.confirmed": "Your order is on its way.",
    "order.refused": "We are sorry: we cannot take your order.",
}
# Ids of messages derive from it: what was sent once is not sent again.
MESSAGES = uuid.UUID("0d6b6ea0-5f2b-4b8e-9d3f-0f9a3c0f3a51")


def notify(client, event):
    order = event.stream_name.removeprefix("order-")
    flow = json.loads(event.metadata)["$correlationId"]
    sent = NewEvent(
        id=uuid.uuid5(MESSAGES, str(event.id)),
        type="notification.sent",
        data=json.dumps({"channel": "email", "text": TEXTS[event.type]}).encode(),
        # The flow goes on, and this event led to the message.
        metadata=json.dumps({"$correlationId": flow, "$causationId": str(event.id)}).encode(),
    )
    try:
        stream = f"notification-{order}"
        client.append_to_stream(stream, events=[sent], current_version=StreamState.NO_STREAM)
        print(f"order {order}: {TEXTS[event.type]}", flush=True)
    except WrongCurrentVersionError:
        print(f"the customer of order {order} was told before", flush=True)


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else "kurrentdb://127.0.0.1:2113?tls=false"
    client = KurrentDBClient(url)
    print("waiting for orders that are confirmed or refused", flush=True)
    try:
        with client.subscribe_to_all(filter_include=list(TEXTS)) as events:
            for event in events:
                notify(client, event)
    except ServiceUnavailableError as error:
        print(f"the gateway is gone: {error}", flush=True)


if __name__ == "__main__":
    main()

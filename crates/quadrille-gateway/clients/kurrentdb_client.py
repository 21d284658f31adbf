"""Appends, reads, subscribes and conflicts through the PyPI package `kurrentdbclient`.

    python kurrentdb_client.py HOST:PORT
"""

import json
import os
import sys
from uuid import uuid4

# ANCHOR: connect
from kurrentdbclient import KurrentDBClient, NewEvent, StreamState
from kurrentdbclient.exceptions import WrongCurrentVersionError, NotFoundError

client = KurrentDBClient(uri="kurrentdb://" + sys.argv[1] + "?Tls=false")
# ANCHOR_END: connect

order = f"order-{uuid4()}"


def placed(number):
    return NewEvent(type="order.placed", data=json.dumps({"number": number}).encode())


def number(event):
    return json.loads(event.data)["number"]


# A single event goes by Append, several by BatchAppend.
client.append_to_stream(order, current_version=StreamState.NO_STREAM, events=placed(0))
client.append_to_stream(order, current_version=0, events=[placed(1), placed(2)])

# ANCHOR: append
flow = str(uuid4())
paid = NewEvent(
    type="payment.taken",
    data=json.dumps({"number": 3}).encode(),
    metadata=json.dumps({"$correlationId": flow, "$causationId": str(uuid4())}).encode(),
)
payment = f"payment-{uuid4()}"
client.append_to_stream(payment, current_version=StreamState.NO_STREAM, events=[paid])
# ANCHOR_END: append

# The same event again is not written again.
client.append_to_stream(payment, current_version=StreamState.NO_STREAM, events=[paid])
assert [event.id for event in client.get_stream(payment)] == [paid.id]

# ANCHOR: read
events = client.get_stream(order)
assert [number(event) for event in events] == [0, 1, 2]
assert [event.stream_position for event in events] == [0, 1, 2]
# ANCHOR_END: read
assert [number(event) for event in client.get_stream(order, backwards=True, limit=2)] == [2, 1]
assert json.loads(client.get_stream(payment)[0].metadata)["$correlationId"] == flow
assert client.get_current_version(order) == 2

# The default of this client leaves out what the official server writes for itself.
of_order = [event for event in client.read_all() if event.stream_name == order]
assert [number(event) for event in of_order] == [0, 1, 2]
taken = client.read_all(filter_include=[r"payment\.taken"])
assert all(event.type == "payment.taken" for event in taken)

# ANCHOR: conflict
try:
    client.append_to_stream(order, current_version=0, events=[placed(3)])
except WrongCurrentVersionError:
    pass  # Somebody else wrote first: read again and decide again.
else:
    raise AssertionError("the stream was at another version")
# ANCHOR_END: conflict

# ANCHOR: subscribe
with client.subscribe_to_all(filter_include=["order-.*"], filter_by_stream_name=True) as subscription:
    for event in subscription:
        if event.stream_name == order and number(event) == 2:
            break
# ANCHOR_END: subscribe

# From the past into the present: what is appended while it is followed comes after what was there.
followed = []
with client.subscribe_to_stream(order) as subscription:
    for event in subscription:
        followed.append(number(event))
        if followed[-1] == 2:
            client.append_to_stream(order, current_version=2, events=[placed(3), placed(4)])
        if followed[-1] == 4:
            break
assert followed == [0, 1, 2, 3, 4]

position = client.get_commit_position()
client.append_to_stream(order, current_version=4, events=[placed(5)])
with client.subscribe_to_all(commit_position=position) as subscription:
    assert number(next(iter(subscription))) == 5

client.set_stream_metadata(order, metadata={"$maxCount": 2}, current_version=StreamState.NO_STREAM)
assert client.get_stream_metadata(order)[0] == {"$maxCount": 2}
assert [number(event) for event in client.get_stream(order)] == [4, 5]

client.delete_stream(order, current_version=5)
try:
    client.get_stream(order)
except NotFoundError:
    pass
else:
    raise AssertionError("a deleted stream is not found")

client.close()

# gRPC for Python sometimes waits for ever for a thread of its own when the interpreter ends with a
# subscription that was left. All has been checked by now.
os._exit(0)

// Appends, reads, subscribes and conflicts through the npm package `@kurrent/kurrentdb-client`.
//
//     node kurrentdb-client.mjs HOST:PORT

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

// ANCHOR: connect
import {
  KurrentDBClient,
  NO_STREAM,
  START,
  END,
  BACKWARDS,
  StreamNotFoundError,
  WrongExpectedVersionError,
  jsonEvent,
  streamNameFilter,
} from "@kurrent/kurrentdb-client";

const client = KurrentDBClient.connectionString(`kurrentdb://${process.argv[2]}?tls=false`);
// ANCHOR_END: connect

const order = `order-${randomUUID()}`;
const placed = (number) => jsonEvent({ type: "order.placed", data: { number } });

async function all(events) {
  const numbers = [];
  for await (const { event } of events) numbers.push(event.data.number);
  return numbers;
}

await client.appendToStream(order, placed(0), { streamState: NO_STREAM });
await client.appendToStream(order, [placed(1), placed(2)], { streamState: 0n });

// ANCHOR: append
const flow = randomUUID();
const paid = jsonEvent({
  type: "payment.taken",
  data: { number: 3 },
  metadata: { $correlationId: flow, $causationId: randomUUID() },
});
const payment = `payment-${randomUUID()}`;
await client.appendToStream(payment, paid, { streamState: NO_STREAM });
// ANCHOR_END: append

// The same event again is not written again.
await client.appendToStream(payment, paid, { streamState: NO_STREAM });
assert.deepEqual(await all(client.readStream(payment)), [3]);

// ANCHOR: read
for await (const { event } of client.readStream(payment)) {
  assert.equal(event.type, "payment.taken");
  assert.equal(event.metadata.$correlationId, flow);
}
// ANCHOR_END: read
assert.deepEqual(await all(client.readStream(order)), [0, 1, 2]);
const back = { direction: BACKWARDS, fromRevision: END, maxCount: 2 };
assert.deepEqual(await all(client.readStream(order, back)), [2, 1]);
const last = [];
for await (const { event } of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))
  last.push(event.id);
assert.deepEqual(last, [paid.id]);

// ANCHOR: conflict
try {
  await client.appendToStream(order, placed(3), { streamState: 0n });
  assert.fail("the stream was at another revision");
} catch (error) {
  // Somebody else wrote first: read again and decide again.
  if (!(error instanceof WrongExpectedVersionError)) throw error;
}
// ANCHOR_END: conflict

// ANCHOR: subscribe
const subscription = client.subscribeToAll({
  fromPosition: START,
  filter: streamNameFilter({ prefixes: ["order-"] }),
});
for await (const { event } of subscription) {
  if (event.streamId === order && event.data.number === 2) break;
}
// ANCHOR_END: subscribe
await subscription.unsubscribe();

// From the past into the present: what is appended while it is followed comes after what was there.
const followed = [];
const following = client.subscribeToStream(order, { fromRevision: START });
for await (const { event } of following) {
  followed.push(event.data.number);
  if (followed.at(-1) === 2) {
    await client.appendToStream(order, [placed(3), placed(4)], { streamState: 2n });
  }
  if (followed.at(-1) === 4) break;
}
await following.unsubscribe();
assert.deepEqual(followed, [0, 1, 2, 3, 4]);

await client.setStreamMetadata(order, { maxCount: 2 });
assert.equal((await client.getStreamMetadata(order)).metadata.maxCount, 2);
assert.deepEqual(await all(client.readStream(order)), [3, 4]);

await client.deleteStream(order, { streamState: 4n });
await assert.rejects(all(client.readStream(order)), StreamNotFoundError);

await client.dispose();

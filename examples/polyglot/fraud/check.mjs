// Checks every order that is placed. It knows that one event, and answers with another.
import { createHash } from "node:crypto";
import {
  KurrentDBClient,
  NO_STREAM,
  START,
  UnavailableError,
  WrongExpectedVersionError,
  eventTypeFilter,
  jsonEvent,
} from "@kurrent/kurrentdb-client";

const LARGE_CENTS = 50_000;

const url = process.argv[2] ?? "kurrentdb://127.0.0.1:2113?tls=false";
const client = KurrentDBClient.connectionString([url]);

// The same for the same order, however often it is checked: what was written once is not written again.
function idFrom(cause) {
  const hash = createHash("sha256").update(`fraud-check ${cause}`).digest("hex");
  const [a, b, c, d, e] = [[0, 8], [8, 12], [13, 16], [17, 20], [20, 32]].map(([from, to]) => hash.slice(from, to));
  return `${a}-${b}-8${c}-8${d}-${e}`;
}

async function check(event) {
  const order = event.streamId.slice("order-".length);
  const { cents } = event.data;
  const answer = jsonEvent({
    id: idFrom(event.id),
    type: cents > LARGE_CENTS ? "fraud.suspected" : "fraud.cleared",
    data: cents > LARGE_CENTS ? { reason: `${cents} cents are a lot` } : { cents },
    // The flow goes on, and this event led to the answer.
    metadata: {
      $correlationId: event.metadata.$correlationId,
      $causationId: event.id,
    },
  });
  try {
    await client.appendToStream(`fraud-${order}`, [answer], { streamState: NO_STREAM });
    console.log(`order ${order}: ${answer.type}`);
  } catch (error) {
    if (!(error instanceof WrongExpectedVersionError)) throw error;
    console.log(`order ${order} was checked before`);
  }
}

const placed = client.subscribeToAll({
  fromPosition: START,
  filter: eventTypeFilter({ prefixes: ["order.placed"] }),
});
console.log("checking orders");
try {
  for await (const { event } of placed) {
    await check(event);
  }
} catch (error) {
  if (!(error instanceof UnavailableError)) throw error;
  console.log(`the gateway is gone: ${error.message}`);
}

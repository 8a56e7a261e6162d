// Webhooks as the official client registers them and checks what they bring.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import OpenAI from 'openai';
import { client, createBatch, line, observedClient, upload, waitForBatch } from '../sluice.mjs';

const received = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push({ headers: request.headers, body });
  server.emit('event');

  // The first try of each event fails: it comes again, under the same id.
  const tries = received.filter((r) => r.headers['webhook-id'] === request.headers['webhook-id']).length;
  response.writeHead(tries === 1 ? 500 : 204).end();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const webhook = await client.webhooks.create({
  name: 'node',
  url: `http://127.0.0.1:${server.address().port}/hook`,
  event_types: ['batch.completed', 'batch.failed', 'batch.cancelled'],
});
assert.match(webhook.id, /^whe_/);
assert.match(webhook.signing_secret, /^whsec_/);
assert.equal((await client.webhooks.retrieve(webhook.id)).signing_secret, undefined);
const listed = [];
for await (const one of client.webhooks.list()) listed.push(one.id);
assert.ok(listed.includes(webhook.id));

/** The event of a batch, once it came twice and was taken the second time. */
async function eventOf(batch) {
  const of = () => received.filter((r) => JSON.parse(r.body).data.id === batch.id);
  while (of().length < 2) await once(server, 'event', { signal: AbortSignal.timeout(60_000) });
  const [first, second] = of();
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.equal(first.body, second.body);
  const event = await client.webhooks.unwrap(second.body, second.headers, webhook.signing_secret);
  assert.equal(event.id, second.headers['webhook-id']);
  assert.equal(event.object, 'event');
  return { event, second };
}

const completed = await createBatch((await upload([line('1', '@sim hash')])).id);
const { event, second } = await eventOf(completed);
assert.equal(event.type, 'batch.completed');
assert.equal((await client.batches.retrieve(event.data.id)).completed_at, event.created_at);

const failed = await createBatch((await upload(['no json'])).id);
assert.equal((await eventOf(failed)).event.type, 'batch.failed');

const cancelled = await createBatch(
  (await upload([...Array(2000).keys()].map((i) => line(`${i}`, '@sim hash first_ms=200')))).id);
await client.batches.cancel(cancelled.id);
assert.equal((await eventOf(cancelled)).event.type, 'batch.cancelled');

// Another secret, another body, another id: the client refuses.
const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const refused = OpenAI.InvalidWebhookSignatureError;
await assert.rejects(client.webhooks.unwrap(second.body, second.headers, other), refused);
await assert.rejects(client.webhooks.unwrap(`${second.body} `, second.headers, webhook.signing_secret), refused);
await assert.rejects(
  client.webhooks.unwrap(second.body, { ...second.headers, 'webhook-id': 'evt_1' }, webhook.signing_secret), refused);

// Where webhooks must not reach is refused when they are registered.
const { calls, client: observed } = observedClient();
const bad = ['https://10.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/', 'ftp://example.org/', 'nowhere'];
for (const url of bad) {
  await assert.rejects(
    observed.webhooks.create({ name: 'x', url, event_types: ['batch.completed'] }),
    (e) => e instanceof OpenAI.BadRequestError && e.param === 'url', url);
}
assert.equal(calls.length, 5, 'a refusal is not repeated');

assert.equal((await client.webhooks.delete(webhook.id)).deleted, true);
await assert.rejects(client.webhooks.retrieve(webhook.id), OpenAI.NotFoundError);
const after = await createBatch((await upload([line('1', '@sim hash')])).id);
await waitForBatch(after.id);
assert.equal(received.filter((r) => JSON.parse(r.body).data.id === after.id).length, 0);
server.close();
server.closeAllConnections();

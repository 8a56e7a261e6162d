import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { client, line, newClient, upload } from '../sluice.mjs';

// A proxy that passes the first creation on, waits for its answer, and cuts the client off without a word of it.
const target = new URL(process.env.SLUICE_URL);
const seen = [];
const proxy = createServer((incoming, outgoing) => {
  seen.push(incoming.headers['x-stainless-retry-count']);
  const first = seen.length === 1;
  const { url, method, headers } = incoming;
  const forwarded = request(
    { host: target.hostname, port: target.port, path: url, method, headers },
    (answer) => {
      if (first) {
        answer.resume().on('end', () => incoming.socket.destroy());
      } else {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      }
    });
  incoming.pipe(forwarded);
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));

try {
  const file = await upload([line('a', `@sim hash #${Date.now()}`)]);
  const cut = newClient({ baseURL: `http://127.0.0.1:${proxy.address().port}/v1` });
  const body = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' };

  const created = await cut.batches.create(body);

  assert.deepEqual(seen, ['0', '1']);
  const mine = [];
  for await (const batch of client.batches.list({ limit: 20 })) {
    if (batch.input_file_id === file.id) {
      mine.push(batch.id);
    }
  }
  assert.deepEqual(mine, [created.id], 'the repeated POST made no second batch');

  // A new POST of the same body is a new batch.
  const again = await client.batches.create(body);
  assert.notEqual(again.id, created.id);
} finally {
  proxy.closeAllConnections();
  proxy.close();
}

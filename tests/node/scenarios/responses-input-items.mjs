import assert from 'node:assert/strict';
import { client, model } from '../sluice.mjs';

const response = await client.responses.create({
  model,
  input: [
    { role: 'user', content: 'first' },
    { role: 'assistant', content: 'second' },
    { role: 'user', content: '@sim count tokens=2' },
  ],
});
const items = [];
for await (const item of client.responses.inputItems.list(response.id, { limit: 2, order: 'asc' })) {
  items.push(item);
}
assert.deepEqual(items.map((item) => item.role), ['user', 'assistant', 'user']);
assert.deepEqual(items.map((item) => item.content[0].text), ['first', 'second', '@sim count tokens=2']);
assert.equal(new Set(items.map((item) => item.id)).size, 3);

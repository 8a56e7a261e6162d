import assert from 'node:assert/strict';
import { client, model } from '../sluice.mjs';

const ids = [];
for await (const entry of client.models.list()) {
  assert.equal(entry.object, 'model');
  assert.equal(typeof entry.created, 'number');
  assert.equal(typeof entry.owned_by, 'string');
  ids.push(entry.id);
}
assert.ok(ids.includes(model), `${ids}`);

const one = await client.models.retrieve(model);
assert.equal(one.id, model);

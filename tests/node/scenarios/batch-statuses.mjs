import assert from 'node:assert/strict';
import { client, createBatch, line, upload } from '../sluice.mjs';

// Finalizing takes two messages through the broker, tens of milliseconds: asked all the time, it is met soon.
const path = ['validating', 'in_progress', 'finalizing', 'completed'];
const file = await upload([...Array(20).keys()].map((i) => line(`${i}`, `@sim hash first_ms=50 #${i}`)));
const met = new Set();
const deadline = Date.now() + 60_000;
while (met.size < path.length) {
  assert.ok(Date.now() < deadline, `met ${[...met]} only`);
  let batch = await createBatch(file.id);
  let last = batch.status;
  while (last !== 'completed') {
    assert.ok(path.includes(batch.status), JSON.stringify(batch));
    assert.ok(path.indexOf(batch.status) >= path.indexOf(last), `${batch.status} after ${last}`);
    assert.equal(batch.in_progress_at === null, batch.status === 'validating');
    assert.equal(batch.finalizing_at === null, path.indexOf(batch.status) < path.indexOf('finalizing'));
    assert.equal(batch.completed_at, null);
    last = batch.status;
    met.add(last);
    batch = await client.batches.retrieve(batch.id);
    last = batch.status === 'completed' ? 'completed' : last;
  }
  met.add('completed');
}

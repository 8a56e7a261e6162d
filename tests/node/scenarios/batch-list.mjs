import assert from 'node:assert/strict';
import { client, createBatch, line, upload } from '../sluice.mjs';

const file = await upload([line('a', '@sim hash')]);
const mine = [];
for (let i = 0; i < 5; i++) {
  mine.push((await createBatch(file.id, { metadata: { no: `${i}` } })).id);
}

const listed = [];
for await (const batch of client.batches.list({ limit: 2 })) {
  listed.push(batch.id);
  if (listed.length > 200) {
    break;
  }
}

assert.deepEqual(listed.filter((id) => mine.includes(id)), mine.toReversed(), 'newest first, each once');

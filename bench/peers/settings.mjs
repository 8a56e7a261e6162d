// What both programs are told, and how they tell what they measured.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    jobs: { type: 'string', default: '50000' },
    runs: { type: 'string', default: '3' },
    processes: { type: 'string', default: '2' },
    concurrency: { type: 'string', default: '20' },
  },
});

export const server = values.server;
export const [jobs, runs, processes, concurrency] =
  [values.jobs, values.runs, values.processes, values.concurrency].map(Number);

/** As large as a line of the batch: the request of a chat completion. */
export const request = (n) => ({
  custom_id: `line-${n}`,
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'sluice-sim', messages: [{ role: 'user', content: `@sim hash #${n}` }] },
});

export const chunks = (size) =>
  Array.from({ length: Math.ceil(jobs / size) }, (_, i) => [i * size + 1, Math.min(jobs, (i + 1) * size)]);

export const range = ([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** One line of JSON for each run; the first one warms up. */
export const report = (added, ended) => console.log(JSON.stringify({ added, ended }));

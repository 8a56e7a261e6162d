// Reads a streamed completion over as many connections as it takes. The page holds one response at a time.

const MAX_FRAMES = 200;
const MAX_ERRORS = 5;
const URL = '/v1/chat/completions';

const $ = (id) => document.getElementById(id);
const [form, start, cut, resume] = [$('ask'), $('start'), $('cut'), $('resume')];

const panes = [$('answer'), $('frames')];
const followedTo = new Map(panes.map((pane) => [pane, 0]));
const scrolledAway = new Set();

let stream = newStream();
let isFollowDue = false;

function newStream() {
  return { id: null, position: null, tokens: 0, reconnects: 0, isEnded: false, connection: null };
}

function show(state) {
  const isOpen = stream.connection !== null;
  $('state').textContent = state;
  $('response').textContent = stream.id ?? '–';
  $('position').textContent = stream.position ?? '–';
  $('tokens').textContent = stream.tokens;
  $('reconnects').textContent = stream.reconnects;
  start.disabled = isOpen;
  cut.disabled = !isOpen;
  resume.disabled = isOpen || stream.isEnded || stream.id === null || stream.position === null;
  keepFocus();
}

/** A button that is disabled while it has the focus would drop it: the next one to be used gets it. */
function keepFocus() {
  if ([start, cut, resume].includes(document.activeElement) && document.activeElement.disabled) {
    [resume, cut, start].find((button) => !button.disabled).focus();
  }
}

function showError(message) {
  const item = document.createElement('li');
  item.textContent = message;
  $('errors').append(item);
  while ($('errors').children.length > MAX_ERRORS) $('errors').firstChild.remove();
}

/** Scrolls once per picture, however many tokens it shows; a pane that was scrolled away from its end stays. */
function follow() {
  isFollowDue = false;
  for (const pane of panes.filter((one) => !scrolledAway.has(one))) {
    pane.scrollTop = pane.scrollHeight;
    followedTo.set(pane, pane.scrollTop);
  }
}

function append(pane, node) {
  pane.append(node);
  if (!isFollowDue) requestAnimationFrame(follow);
  isFollowDue = true;
}

function showFrame(text, kind = '') {
  const frame = document.createElement('div');
  frame.className = `frame ${kind}`;
  frame.textContent = text;
  append($('frames'), frame);
  while ($('frames').children.length > MAX_FRAMES) $('frames').firstChild.remove();
}

function headers(more) {
  return { Authorization: `Bearer ${$('key').value.trim()}`, ...more };
}

/** What a refused request says: the API's error object, or the bare status. */
async function refusalOf(response) {
  const text = await response.text();
  try {
    const { message, code } = JSON.parse(text).error;
    return `${response.status} ${code ?? ''}: ${message}`;
  } catch {
    return `${response.status}: ${text.slice(0, 300)}`;
  }
}

/** The events of a server-sent event stream, each when its blank line has come; half an event is dropped. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let lines = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const pieces = (rest + value).split('\n');
    rest = pieces.pop();
    for (const line of pieces) {
      if (line === '') {
        if (lines.length > 0) yield lines;
        lines = [];
      } else if (line.startsWith(':')) {
        showFrame(line, 'note');
      } else {
        lines.push(line);
      }
    }
  }
}

function field(lines, name) {
  const values = lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1));
  return values.length > 0 ? values.map((value) => value.replace(/^ /, '')).join('\n') : null;
}

/** Takes one event; returns the state to show. */
function take(lines) {
  showFrame(lines.join('\n'));
  const [id, data] = [field(lines, 'id'), field(lines, 'data')];
  if (id !== null) {
    const expected = Number(stream.position ?? -1) + 1;
    if (Number(id) !== expected) showError(`Position ${id} came where ${expected} was due.`);
    stream.position = id;
  }

  if (data === '[DONE]') {
    stream.isEnded = true;
    return 'complete';
  }

  const chunk = JSON.parse(data);
  if (chunk.error) {
    stream.isEnded = true;
    showError(`${chunk.error.code ?? 'error'}: ${chunk.error.message}`);
    return 'failed';
  }

  stream.id ??= chunk.id;
  const text = chunk.choices[0]?.delta.content;
  if (text) {
    stream.tokens++;
    append($('answer'), document.createTextNode(text));
  }

  return 'streaming';
}

/** One connection, from its request to its end. */
async function connect(request, onOpen) {
  const connection = new AbortController();
  stream.connection = connection;
  let state = 'connecting';
  show(state);
  try {
    const response = await fetch(request, { signal: connection.signal });
    if (!response.ok) throw new Error(await refusalOf(response));
    onOpen();
    for await (const lines of events(response.body)) {
      state = take(lines);
      show(state);
    }

    if (!stream.isEnded) throw new Error('The connection ended before the answer did.');
  } catch (error) {
    state = connection.signal.aborted ? 'cut' : stream.isEnded ? state : 'broken';
    if (state === 'broken') showError(error.message);
    if (state === 'cut') showFrame('— cut —', 'note');
  } finally {
    stream.connection = null;
    show(state);
  }
}

function ask() {
  stream = newStream();
  scrolledAway.clear();
  for (const id of ['answer', 'frames', 'errors']) $(id).replaceChildren();
  const body = { model: $('model').value, stream: true, messages: [{ role: 'user', content: $('prompt').value }] };
  const request = new Request(URL, {
    method: 'POST', headers: headers({ 'Content-Type': 'application/json' }), body: JSON.stringify(body),
  });
  return connect(request, () => {});
}

function rejoin() {
  const request = new Request(`${URL}/${encodeURIComponent(stream.id)}?stream=true`, {
    headers: headers({ 'Last-Event-ID': stream.position }),
  });
  return connect(request, () => {
    stream.reconnects++;
    const seam = document.createElement('span');
    seam.className = 'seam';
    seam.title = `Resumed after position ${stream.position}`;
    append($('answer'), seam);
    showFrame(`— resumed after ${stream.position} —`, 'note');
  });
}

async function listModels() {
  try {
    const response = await fetch('/v1/models', { headers: headers() });
    if (!response.ok) throw new Error(await refusalOf(response));
    const names = (await response.json()).data.map((model) => model.id);
    $('model').replaceChildren(...names.map((name) => new Option(name)));
  } catch (error) {
    showError(`The models could not be listed. ${error.message}`);
  }
}

for (const pane of panes) {
  // The event comes later than the scrolling: by then more was appended, so only a move upwards is the reader's.
  pane.addEventListener('scroll', () => {
    if (pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40) scrolledAway.delete(pane);
    else if (pane.scrollTop < followedTo.get(pane) - 40) scrolledAway.add(pane);
  });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (stream.connection === null) ask();
});
cut.addEventListener('click', () => stream.connection?.abort());
resume.addEventListener('click', rejoin);
$('key').addEventListener('change', listModels);
$('prompt').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
listModels();

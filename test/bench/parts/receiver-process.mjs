// Takes whatever it is sent and answers with nothing: 200, and 500 where the path begins with /fail. The same for every row: its cost is part of each.
import { createServer } from 'node:http';
import { now } from '../clock.mjs';
import { serveParent } from './child.mjs';

const MARK = /bench-(\d+)/;

let state = fresh(Infinity, false);
let hanging = new Set();

function fresh(expected, timed) {
  return { expected, timed, count: 0, hung: 0, connections: 0, firstAt: null, lastAt: null, times: [] };
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/hang') || hanging.has(request.url)) {
    state.hung += 1;
    request.resume();
    return;
  }
  if (state.firstAt === null) {
    state.firstAt = now();
    process.send({ type: 'first', at: state.firstAt });
  }
  if (state.timed) {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => (body += text));
    request.on('end', () => {
      state.times.push([Number(MARK.exec(body)?.[1]), now(), request.url]);
      received(request, response);
    });
  } else {
    request.resume().on('end', () => received(request, response));
  }
});

server.on('connection', () => {
  state.connections += 1;
});

function received(request, response) {
  if (request.url.startsWith('/fail')) response.statusCode = 500;
  state.count += 1;
  if (state.count === state.expected) {
    state.lastAt = now();
    process.send({ type: 'reached', count: state.count, firstAt: state.firstAt, lastAt: state.lastAt });
  }
  response.end();
}

serveParent({
  expect: ({ count, timed }) => {
    state = fresh(count ?? Infinity, timed);
    process.send({ type: 'expecting' });
  },
  hang: ({ paths }) => {
    hanging = new Set(paths);
    process.send({ type: 'hanging' });
  },
  until: ({ count }) => {
    state.expected = count;
    if (state.count < count) return;
    process.send({ type: 'reached', count: state.count, firstAt: state.firstAt, lastAt: now() });
  },
  tell: () => {
    const { count, hung, connections, times } = state;
    process.send({ type: 'told', at: now(), count, hung, connections, times });
  },
});

// A burst of connections must not meet a full queue.
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
  process.send({ type: 'listening', port: server.address().port }),
);

// For working on the page while its own routes are not there yet: serves the built page as the program will, makes up
// what its new routes will answer, and passes everything else on to a running Posthorn. Nothing of it ships.
//   POSTHORN_URL=http://127.0.0.1:3000 PORT=3100 node test/support/dashboard-stand-in.mjs
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const UPSTREAM = process.env.POSTHORN_URL ?? 'http://127.0.0.1:3000';
const PREFIX = process.env.PREFIX ?? '';
const PAGE = fileURLToPath(new URL('../../dist/dashboard/page/', import.meta.url));
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html' };
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    if (response.headersSent) response.end();
    else json(response, { data: null, error: { status: 502, message: error.message } }, 502);
  });
});
server.listen(Number(process.env.PORT ?? 3100), '127.0.0.1', () =>
  console.log(`The page is at http://127.0.0.1:${server.address().port}${PREFIX}/dashboard`),
);

async function answer(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const path = url.pathname.slice(PREFIX.length);
  if (path === '/dashboard' || path.startsWith('/dashboard/')) return page(path.slice(10), response);
  const { authorization } = request.headers;
  const ask = async (to, init = {}) => {
    const got = await fetch(UPSTREAM + to, {
      ...init,
      headers: { ...(authorization ? { authorization } : {}), 'content-type': 'application/json' },
    });
    return { status: got.status, body: await got.json() };
  };
  const known = await ask('/admin/webhooks');
  if (path.startsWith('/admin') && known.status === 401) return json(response, known.body, 401);
  const webhooks = known.body.data ?? [];
  const body = await read(request);
  if (path === '/admin/session') {
    const scopes = authorization?.endsWith('-reader') ? ['webhooks:read', 'deliveries:read'] : ['*'];
    return json(response, {
      data: { name: 'admin', scopes, tenant: null, version: '0.1.0', environment: 'development' },
    });
  }
  if (path === '/admin/overview') {
    const sending = await ask('/admin/sending');
    return json(response, {
      data: overview(Number(url.searchParams.get('hours') ?? 24), webhooks, sending.body.data.paused),
    });
  }
  if (path === '/admin/webhooks/health') return json(response, { data: webhooks.map(health) });
  if (path === '/admin/stream') return stream(request, response, ask);
  if (path === '/admin/deliveries/count') {
    const { filter } = JSON.parse(body);
    const list = await deliveries(new URLSearchParams({ ...filter, limit: 200 }), ask);
    return json(response, { data: { matched: list.data.length, capped: false } });
  }
  if (path === '/admin/deliveries') {
    const list = await deliveries(url.searchParams, ask);
    return json(response, list, list.error?.status ?? 200);
  }
  const rotate = /^\/admin\/webhooks\/([^/]+)\/secret\/rotate$/.exec(path);
  if (rotate) return json(response, { data: { secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' } });
  const got = await ask(path + url.search, { method: request.method, ...(body ? { body } : {}) });
  if (/^\/admin\/deliveries\/[^/]+$/.test(path) && got.body.data?.nextAttemptAt) {
    got.body.data.why = `retry ${got.body.data.attemptCount} of 9, 5 min after the failure, up to 10 % later`;
  }
  if (/\/trigger$/.test(path) && got.body.data) {
    const id = path.split('/')[3];
    got.body.data.deliveryId = (await ask(`/admin/deliveries?webhookId=${id}&limit=1`)).body.data[0]?.id;
  }
  json(response, got.body, got.status);
}

async function deliveries(query, ask) {
  const statusClass = query.get('statusClass');
  const id = query.get('id');
  query.delete('statusClass');
  query.delete('id');
  const { body } = await ask(`/admin/deliveries?${query}`);
  if (!body.data) return body;
  const classOf = (status) => (status === null ? 'none' : `${Math.floor(status / 100)}xx`);
  body.data = body.data.filter(
    (one) =>
      (!statusClass || classOf(one.lastStatusCode) === statusClass) &&
      (!id || one.id === id || one.eventId === id),
  );
  return body;
}

async function stream(request, response, ask) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  let seen = null;
  while (!request.socket.destroyed && !response.destroyed) {
    const { body } = await ask('/admin/deliveries?limit=100');
    const now = new Map(body.data.map((one) => [one.id, JSON.stringify(one)]));
    for (const [id, text] of [...now].reverse()) {
      if (seen && seen.get(id) !== text) response.write(`event: delivery\ndata: ${text}\n\n`);
    }
    seen = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function wave(n, seed) {
  return Math.abs(
    Math.sin(n * 0.13 + seed) + Math.sin(n * 0.047 + seed * 3) * 0.6 + Math.sin(n * 1.7) * 0.15,
  );
}

function overview(hours, webhooks, sendingPaused) {
  const stepMinutes = Math.max(1, Math.ceil((hours * 60) / 180));
  const points = Math.round((hours * 60) / stepMinutes);
  const to = Math.floor(Date.now() / 60_000) * 60_000;
  const series =
    webhooks.length === 0
      ? []
      : Array.from({ length: points }, (_, n) => {
          const events = Math.round(40 * stepMinutes * wave(n, 1));
          const deliveries = events * 2;
          const bad = n > points * 0.6 && n < points * 0.68;
          const failed = Math.round(deliveries * (bad ? 0.3 : 0.005));
          return {
            at: new Date(to - (points - n) * stepMinutes * 60_000).toISOString(),
            events,
            deliveries,
            succeeded: deliveries - failed,
            failed,
            attempts: deliveries + failed,
            attemptFailures: failed * 2,
            p50Ms: 30 + 20 * wave(n, 2),
            p95Ms: 120 + (bad ? 900 : 90) * wave(n, 3),
          };
        });
  const sum = (key) => series.reduce((total, point) => total + point[key], 0);
  const attempts = sum('attempts');
  return {
    from: new Date(to - hours * 3_600_000).toISOString(),
    to: new Date(to).toISOString(),
    stepMinutes,
    series,
    totals: {
      events: sum('events'),
      deliveries: sum('deliveries'),
      succeeded: sum('succeeded'),
      failed: sum('failed'),
      attempts,
      successShare: attempts === 0 ? null : 1 - sum('attemptFailures') / attempts,
      p50Ms: attempts === 0 ? null : 41,
      p95Ms: attempts === 0 ? null : 213,
    },
    backlog: {
      pending: webhooks.length * 14,
      oldestDueAt: null,
      oldestAgeMs: webhooks.length === 0 ? null : 2_300,
    },
    webhooks: webhooks.map((webhook, n) => ({
      id: webhook.id,
      name: webhook.name,
      attempts: 900 - n * 120,
      successShare: 0.62 + 0.1 * n > 1 ? 1 : 0.62 + 0.1 * n,
      p95Ms: 1900 / (n + 1),
    })),
    sendingPaused,
  };
}

function health(webhook, n) {
  const sparkline = Array.from({ length: 24 }, (_, hour) => ({
    at: new Date(Date.now() - (24 - hour) * 3_600_000).toISOString(),
    succeeded: Math.round(40 * wave(hour * 5, n)),
    failed: n % 2 === 1 && hour > 15 ? Math.round(20 * wave(hour, n)) : 0,
  }));
  const of = (key) => sparkline.reduce((total, point) => total + point[key], 0);
  const attempts = of('succeeded') + of('failed');
  return {
    id: webhook.id,
    attempts,
    successShare: of('succeeded') / attempts,
    p95Ms: 80 * (n + 1),
    lastAttemptAt: new Date(Date.now() - 4_000 * (n + 1)).toISOString(),
    sparkline,
  };
}

async function page(path, response) {
  const file = /^\/(assets\/[\w.-]+|posthorn\.svg)$/.exec(path)?.[1] ?? 'index.html';
  let content = await readFile(join(PAGE, file));
  if (file === 'index.html') {
    const settings = JSON.stringify({ apiBase: `${PREFIX}/admin`, auth: 'token' });
    content = content
      .toString()
      .replace('<head>', `<head>\n    <base href="${PREFIX}/dashboard/" />`)
      .replace('</head>', `<script type="application/json" id="posthorn">${settings}</script></head>`);
  }
  response
    .writeHead(200, { 'content-type': TYPES[extname(file)], 'content-security-policy': CSP })
    .end(content);
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function json(response, value, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

// A receiver for trying things out: prints what arrives and verifies its signature, with nothing but Node.
//   npm run receiver -- [--port 4000] [--secret whsec_…] [--status 200]
// Several statuses with commas are answered one after the other, the last from then on: --status 500,500,200
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const USAGE = 'Usage: npm run receiver -- [--port 4000] [--secret whsec_…] [--status 200 or 500,500,200]';
const TOLERANCE_S = 300;
const WORTH_SHOWING = [
  'content-type',
  'x-strapi-event',
  'webhook-id',
  'webhook-timestamp',
  'x-posthorn-attempt',
];

const { port, statuses, secret } = readArguments();
const seen = new Set();

const server = createServer(async (request, response) => {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    console.log(
      `\n${new Date().toISOString()}  ${request.method} ${request.url}  gave up before its body was here`,
    );
    return;
  }
  const body = Buffer.concat(chunks);
  const status = statuses.length > 1 ? statuses.shift() : statuses[0];
  console.log(`\n${new Date().toISOString()}  ${request.method} ${request.url}`);
  for (const name of WORTH_SHOWING) {
    if (request.headers[name] !== undefined) console.log(`  ${name}: ${request.headers[name]}`);
  }
  console.log(`  signature: ${verdict(request.headers, body)}`);
  if (isRepeated(request.headers['webhook-id'])) console.log('  seen before: the same webhook-id');
  console.log(readable(body).replace(/^/gm, '  '));
  console.log(`  answered ${status}`);
  response
    .writeHead(status, { 'content-type': 'text/plain' })
    .end(hasBody(status) ? (status < 300 ? 'Thank you.\n' : 'Told to fail.\n') : undefined);
});

server.on('error', (error) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is in use. Try: npm run receiver -- --port 4001`
      : error.message,
  );
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  console.log(`Receiving at http://127.0.0.1:${server.address().port} (answers ${statuses.join(', then ')})`);
  if (!secret)
    console.log('Signatures are not verified: give the secret with --secret whsec_… or WEBHOOK_SECRET.');
});

/** What a receiver has to remember to do its work once: ids that it has dealt with. */
function isRepeated(id) {
  if (!id || seen.has(id)) return Boolean(id);
  seen.add(id);
  return false;
}

function hasBody(status) {
  return status !== 204 && status !== 304;
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, the bytes as they came. */
function verdict(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) return 'none';
  if (!secret) return 'not verified (no secret given)';
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const fits = signatures.split(' ').some((entry) => {
    const [version, text = ''] = entry.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!fits) return 'WRONG: not made with this secret over these bytes';
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  return age <= TOLERANCE_S ? 'verified' : `TOO OLD: signed ${Math.round(age)} s away from now`;
}

function readable(body) {
  const text = body.toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        port: { type: 'string', default: '4000' },
        secret: { type: 'string' },
        status: { type: 'string', default: '200' },
      },
    }));
  } catch (error) {
    refuse(error.message);
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) refuse(`--port ${values.port} is no port.`);
  const statuses = values.status.split(',').map((status) => Number(status.trim()));
  if (!statuses.every((status) => Number.isInteger(status) && status >= 200 && status <= 599)) {
    refuse(`--status ${values.status} must be statuses from 200 to 599, with commas.`);
  }
  const secret = values.secret || process.env.WEBHOOK_SECRET;
  if (secret && !/^whsec_[A-Za-z0-9+/]+=*$/.test(secret)) {
    refuse('The secret must be whsec_ and base64, as the answer to the creation of the webhook shows it.');
  }
  return { port, statuses, secret };
}

function refuse(problem) {
  console.error(`${problem}\n${USAGE}`);
  process.exit(1);
}

// A receiver for trying things out: prints what arrives and verifies its signature, with nothing but Node.
//   npm run receiver -- [--port 4000] [--secret whsec_…] [--status 200]
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const TOLERANCE_S = 300;
const WORTH_SHOWING = [
  'content-type',
  'x-strapi-event',
  'webhook-id',
  'webhook-timestamp',
  'x-posthorn-attempt',
];

const { values } = readArguments();
const port = Number(values.port);
const status = Number(values.status);
const secret = values.secret ?? process.env.WEBHOOK_SECRET;

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  console.log(`\n${new Date().toISOString()}  ${request.method} ${request.url}`);
  for (const name of WORTH_SHOWING) {
    if (request.headers[name] !== undefined) console.log(`  ${name}: ${request.headers[name]}`);
  }
  console.log(`  signature: ${verdict(request.headers, body)}`);
  console.log(readable(body).replace(/^/gm, '  '));
  console.log(`  answered ${status}`);
  response
    .writeHead(status, { 'content-type': 'text/plain' })
    .end(status < 300 ? 'Thank you.\n' : 'Told to fail.\n');
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
  console.log(`Receiving at http://127.0.0.1:${server.address().port} (answers ${status})`);
  if (!secret)
    console.log('Signatures are not verified: give the secret with --secret whsec_… or WEBHOOK_SECRET.');
});

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
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '4000' },
        secret: { type: 'string' },
        status: { type: 'string', default: '200' },
      },
    });
  } catch (error) {
    console.error(
      `${error.message}\nUsage: npm run receiver -- [--port 4000] [--secret whsec_…] [--status 200]`,
    );
    process.exit(1);
  }
}

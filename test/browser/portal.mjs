// The portal in a frame of another site: two names on loopback by the browser's own rules, TLS, third-party cookies blocked.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { FLAGS } from './chromium.mjs';
import { startProgram } from './program.mjs';
import { standalone } from './steps.mjs';
import { watchPage } from './watch-page.mjs';

const SHOP = 'shop.example';
const PORTAL = 'hooks.example';
const STRANGER = 'stranger.example';
const PREFIX = '/posthorn';
const PRIMARY = '#8b1e5b';
/** A red dot. */
const LOGO = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

const certificate = async (name) =>
  readFile(fileURLToPath(new URL(`../support/certificates/${name}.pem`, import.meta.url)));

export async function portal(executablePath, receiver) {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-portal-'));
  const front = await startFront();
  const logo = join(folder, 'logo.png');
  await writeFile(logo, LOGO);
  let program;
  let context;
  try {
    program = await startProgram({
      PUBLIC_URL: `https://${PORTAL}:${front.port}${PREFIX}`,
      // Every name, so that a forged one is answered too.
      HTTP_ALLOWED_HOSTS: '',
      PORTAL_NAME: 'Shop webhooks',
      PORTAL_LOGO: logo,
      PORTAL_COLORS: JSON.stringify({ primary: PRIMARY, header: '#102030' }),
      PORTAL_MAY_SET: 'name,url,headers,events,isEnabled',
    });
    front.target = new URL(program.baseUrl);
    context = await openStrictBrowser(executablePath, join(folder, 'profile'));
    await runSteps({ context, front, program, receiver });
    await onThisMachine(context);
  } finally {
    await context?.close();
    await program?.end();
    front.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runSteps(stage) {
  const { context, front, program, receiver } = stage;
  const origin = `https://${SHOP}:${front.port}`;
  const { call } = program;
  const linkFor = (body) => call('POST', '/admin/portal-sessions', { tenant: 'acme', ...body });
  receiver.status = 200;
  const ours = { url: receiver.url, headers: {}, events: ['*'] };
  await call('POST', '/admin/webhooks', { ...ours, name: 'of acme', tenant: 'acme' });
  const foreign = await call('POST', '/admin/webhooks', { ...ours, name: 'of beta', tenant: 'beta' });

  await standalone(
    'the portal is framed by another site, without third-party cookies and without a token',
    async () => {
      const { url } = await linkFor({ origins: [origin] });
      const { page, frame, problems } = await openFrame(context, origin, url);
      await frame.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      assert.equal(await areThirdPartyCookiesBlocked(frame), true);
      assert.equal(await frame.getByText('Shop webhooks').count(), 1);
      assert.match(await frame.locator('header img').getAttribute('src'), /^data:image\/png;base64,/);
      assert.equal(await frame.getByRole('button', { name: 'Pause sending' }).count(), 0);
      const inner = page.frames()[1];
      assert.equal(new URL(inner.url()).hash, '');

      await frame.getByRole('link', { name: 'Webhooks', exact: true }).click();
      await frame.getByRole('link', { name: 'of acme' }).waitFor();
      assert.equal(await frame.getByText('of beta').count(), 0);
      await frame.getByRole('link', { name: 'Create a webhook' }).first().click();
      const button = frame.getByRole('button', { name: 'Create webhook' });
      await button.waitFor();
      assert.equal(
        await button.evaluate((element) => getComputedStyle(element).backgroundColor),
        'rgb(139, 30, 91)',
      );
      assert.equal(await frame.getByText('Limits').count(), 0);
      await frame.getByLabel('Name', { exact: false }).first().fill('made in the portal');
      await frame.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
      await frame.getByRole('checkbox', { name: 'entry.create', exact: true }).check();
      await button.click();
      await frame.getByRole('link', { name: 'I have copied it: to the webhook' }).click();
      await frame.getByRole('heading', { level: 1, name: 'made in the portal' }).waitFor();

      // The page of the frame alone is loaded again: the link is used up, and the secret is gone.
      await inner.evaluate(() => window.location.reload());
      await frame.getByRole('heading', { level: 1, name: 'made in the portal' }).waitFor();
      const made = (await call('GET', '/admin/webhooks')).find(({ name }) => name === 'made in the portal');
      assert.equal(made.tenant, 'acme');
      assert.deepEqual(problems(), []);
      await page.close();
    },
  );

  await standalone(
    'a customer signs out: the session ends, its cookie is gone, a reload opens nothing',
    async () => {
      const { id, url } = await linkFor({ origins: [origin] });
      const { page, frame } = await openFrame(context, origin, url);
      await frame.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      const inner = page.frames()[1];
      const isCookieOf = ({ path }) => path.endsWith(`/portal/${id}`);
      assert.equal((await context.cookies()).filter(isCookieOf).length, 1);
      await frame.getByRole('button', { name: 'Sign out' }).click();
      await frame.getByRole('alert').getByText('You are signed out').waitFor();
      assert.deepEqual((await context.cookies()).filter(isCookieOf), []);
      const [session] = (await call('GET', '/admin/portal-sessions')).filter((one) => one.id === id);
      assert.equal(session.state, 'revoked');
      await inner.evaluate(() => window.location.reload());
      await frame.getByRole('alert').getByText('its session was signed out').waitFor();
      await page.close();
    },
  );

  await standalone('a portal session reaches nothing of another tenant', async () => {
    const { url } = await linkFor({ origins: [origin] });
    const { page, frame } = await openFrame(context, origin, url);
    await frame.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const inner = page.frames()[1];
    const answers = await inner.evaluate(
      async ({ base, id }) => {
        const opened = await fetch(`${window.location.pathname.replace(/\/$/, '')}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        });
        const { token } = (await opened.json()).data;
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const status = async (method, path) =>
          (await fetch(`${base}${path}`, { method, headers, ...(method === 'GET' ? {} : { body: '{}' }) }))
            .status;
        return [
          await status('GET', `/admin/webhooks/${id}`),
          await status('DELETE', `/admin/webhooks/${id}`),
          await status('POST', `/admin/webhooks/${id}/trigger`),
          await status('GET', '/admin/tokens'),
          await status('POST', '/admin/portal-sessions'),
          await status('POST', '/admin/events'),
          // The cookie alone opens nothing.
          (await fetch(`${base}/admin/webhooks`, { credentials: 'include' })).status,
        ];
      },
      { base: PREFIX, id: foreign.id },
    );
    assert.deepEqual(answers, [404, 404, 404, 403, 403, 403, 401]);
    await page.close();
  });

  await standalone('a link that was used, has expired or was revoked says so', async () => {
    const used = await linkFor({ origins: [origin] });
    const first = await openFrame(context, origin, used.url);
    await first.frame.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await first.page.close();
    await says(context, origin, used.url, 'This link was used already');
    const revoked = await linkFor({ origins: [origin] });
    await call('DELETE', `/admin/portal-sessions/${revoked.id}`);
    await says(context, origin, revoked.url, 'This link was revoked');
    const open = await linkFor({ origins: [origin] });
    await says(
      context,
      origin,
      open.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      'is not complete',
    );
    // In a tab of its own it comes without a frame.
    const page = await context.newPage();
    await page.goto(`https://${PORTAL}:${front.port}${PREFIX}/portal/unknown#secret`);
    await page.getByText('There is no such link').waitFor();
    await page.close();
  });

  await standalone('only the sites of its session frame the portal, and nothing else is framed', async () => {
    const { id, url } = await linkFor({ origins: [origin] });
    assert.equal(await isFramed(context, `https://${STRANGER}:${front.port}`, url), false);
    const dashboard = `https://${PORTAL}:${front.port}${PREFIX}/dashboard`;
    assert.equal(await isFramed(context, origin, dashboard), false);
    assert.equal(await isFramed(context, origin, `https://${PORTAL}:${front.port}${PREFIX}/docs`), false);
    const alone = await linkFor({});
    assert.equal(await isFramed(context, origin, alone.url), false);
    const answer = await fetch(`${program.baseUrl}/portal/${id}`);
    assert.match(answer.headers.get('content-security-policy'), new RegExp(`frame-ancestors ${origin}$`));
    assert.equal(answer.headers.get('x-frame-options'), null);
  });

  await standalone('in a tab the portal opens by its link, and a reload keeps it', async () => {
    const { url } = await linkFor({ scopes: ['webhooks:read'] });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('link', { name: 'of acme' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    // Of what its scopes do not allow nothing is offered.
    assert.equal(await page.getByRole('link', { name: 'Deliveries', exact: true }).count(), 0);
    await page.reload();
    await page.getByRole('link', { name: 'of acme' }).waitFor();
    await page.close();
  });

  await standalone('a forged Host gives no link to anywhere else', async () => {
    const body = JSON.stringify({ tenant: 'acme' });
    const answer = await postWithHost(program.baseUrl, body, 'evil.example');
    const { url } = JSON.parse(answer).data;
    assert.ok(url.startsWith(`https://${PORTAL}:${front.port}${PREFIX}/portal/`), url);
  });
}

/** Without TLS, where browsers trust the address all the same. */
async function onThisMachine(context) {
  await standalone('without TLS the portal works on localhost', async () => {
    const port = await findFreePort();
    const program = await startProgram({ PORT: String(port), PUBLIC_URL: `http://localhost:${port}` });
    try {
      const { url } = await program.call('POST', '/admin/portal-sessions', { tenant: 'acme' });
      const page = await context.newPage();
      await page.goto(url);
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await page.close();
    } finally {
      await program.end();
    }
  });
}

async function findFreePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Opens a page of a site that frames an address; what may not happen in it is gathered. */
async function openFrame(context, site, url) {
  const page = await context.newPage();
  const seen = watchPage(page, site);
  // The frame speaks to its own server, which is another one than the page's.
  const problems = () => seen.filter((problem) => !problem.startsWith('It asked'));
  await page.goto(`${site}/frame?${encodeURIComponent(url)}`);
  return { page, frame: page.frameLocator('iframe'), problems };
}

async function says(context, site, url, words) {
  const { page, frame } = await openFrame(context, site, url);
  await frame.getByRole('alert').getByText(words).waitFor();
  await page.close();
}

/** Whether a browser shows an address in a frame of a site: what it refuses has no document of ours. */
async function isFramed(context, site, url) {
  const page = await context.newPage();
  await page.goto(`${site}/frame?${encodeURIComponent(url)}`, { waitUntil: 'load' });
  const frame = page.frames()[1];
  const address = frame === undefined ? '' : await frame.evaluate(() => window.location.href).catch(() => '');
  await page.close();
  return address.startsWith('https:');
}

/** Whether a cookie that is not kept apart by site is refused in this frame: else the test would show nothing. */
async function areThirdPartyCookiesBlocked(frame) {
  return frame.locator('body').evaluate(async () => {
    document.cookie = 'unpartitioned=1; SameSite=None; Secure';
    return !document.cookie.includes('unpartitioned');
  });
}

/** A browser that blocks third-party cookies and finds the names of this test on loopback. */
async function openStrictBrowser(executablePath, profile) {
  await mkdir(join(profile, 'Default'), { recursive: true });
  await writeFile(
    join(profile, 'Default', 'Preferences'),
    JSON.stringify({ profile: { cookie_controls_mode: 1, block_third_party_cookies: true } }),
  );
  const names = [SHOP, PORTAL, STRANGER].map((name) => `MAP ${name} 127.0.0.1`).join(', ');
  return chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...FLAGS, `--host-resolver-rules=${names}`],
    ignoreHTTPSErrors: true,
    viewport: { width: 1400, height: 900 },
  });
}

/** TLS before all names: the portal's leads to the program without its prefix, the others' frame what they are given. */
async function startFront() {
  const front = { port: 0, target: null, end: () => undefined };
  const tls = { cert: await certificate('server'), key: await certificate('server.key') };
  const server = createServer(tls, (request, response) => {
    const name = request.headers.host?.split(':')[0];
    if (name === PORTAL && request.url.startsWith(PREFIX)) forward(front.target, request, response);
    else if (request.url.startsWith('/frame?')) frameIt(request, response);
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  front.port = server.address().port;
  front.end = () => {
    server.closeAllConnections();
    server.close();
  };
  return front;
}

function frameIt(request, response) {
  const address = decodeURIComponent(request.url.slice(request.url.indexOf('?') + 1)).replaceAll('"', '');
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>Shop</title><iframe src="${address}" width="1300" height="850"></iframe>`);
}

function forward({ hostname, port }, request, response) {
  const path = request.url.slice(PREFIX.length) || '/';
  const { method, headers } = request;
  const passed = ask({ hostname, port, path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  passed.on('error', () => response.destroy());
  response.on('close', () => passed.destroy());
  request.pipe(passed);
}

/** Asks for a link with a Host of one's own, which `fetch` does not let one set. */
function postWithHost(baseUrl, body, host) {
  const { hostname, port } = new URL(baseUrl);
  const headers = {
    host,
    'x-forwarded-host': host,
    authorization: 'Bearer browser-test-token',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const asked = ask(
      { hostname, port, path: '/admin/portal-sessions', method: 'POST', headers },
      async (answer) => {
        let text = '';
        for await (const piece of answer.setEncoding('utf8')) text += piece;
        resolve(text);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

import fc from 'fast-check';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings, SettingsError, toVariableName } from './load-settings.js';

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));

const ORDER = { type: 'object', properties: { order: { type: 'integer' } }, required: ['order'] };

const customEvents = (more: object) =>
  JSON.stringify([{ name: 'order.shipped', description: 'An order was shipped.', ...more }]);

describe('loadSettings', () => {
  const load = (env: NodeJS.ProcessEnv = {}) => loadSettings(env, CONFIG);

  it('is for development unless NODE_ENV says otherwise', () => {
    expect(load()).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 3000,
      dataDir: './data',
      content: { requireToken: false },
      webhooks: { allowedNetworks: '127.0.0.0/8,::1/128', httpsOnly: false, timeoutMs: 10_000 },
      delivery: { graceMs: 10_000 },
    });
  });

  it.each(['0.0.0.0', '::', '192.168.1.2', 'dev.example.com', ''])(
    'opens nothing on %j, which others reach, unless NODE_ENV says development',
    (HOST) => {
      const closed = { content: { requireToken: true }, metrics: { requireToken: true } };
      expect(load({ HOST })).toMatchObject({ environment: 'development', ...closed });
      expect(load({ HOST, NODE_ENV: '' })).toMatchObject(closed);
      const open = { content: { requireToken: false }, metrics: { requireToken: false } };
      expect(load({ HOST, NODE_ENV: 'development' })).toMatchObject(open);
      expect(load({ HOST, CONTENT_REQUIRE_TOKEN: 'false' })).toMatchObject({ content: open.content });
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST'])('is open on %s', (HOST) => {
    expect(load({ HOST })).toMatchObject({ content: { requireToken: false } });
  });

  it('answers to this machine’s names alone in development, and to every name elsewhere', () => {
    expect(load()).toMatchObject({ http: { allowedHosts: ['localhost'] } });
    expect(load({ NODE_ENV: 'production' })).toMatchObject({ http: { allowedHosts: [] } });
  });

  it('opens nothing in production', () => {
    expect(load({ NODE_ENV: 'production' })).toMatchObject({
      environment: 'production',
      content: { requireToken: true },
      webhooks: { allowedNetworks: '', httpsOnly: true },
    });
  });

  it('reaches this machine in tests, and opens nothing', () => {
    expect(load({ NODE_ENV: 'test' })).toMatchObject({
      environment: 'test',
      content: { requireToken: true },
      metrics: { requireToken: true },
      webhooks: { allowedNetworks: '127.0.0.0/8,::1/128', httpsOnly: false },
    });
  });

  it('takes the defaults for an environment without a file', () => {
    expect(load({ NODE_ENV: 'staging' })).toMatchObject({
      environment: 'staging',
      content: { requireToken: true },
    });
  });

  it.each<[NodeJS.ProcessEnv, object]>([
    [
      { PORT: '8080', HOST: '::' },
      { port: 8080, host: '::' },
    ],
    [{ DATABASE_URL: 'mysql://root@db/horn' }, { databaseUrl: 'mysql://root@db/horn' }],
    [{ ADMIN_TOKEN: '' }, { adminToken: null }],
    [{ ADMIN_TOKEN: '1234567890123456' }, { adminToken: '1234567890123456' }],
    [{ HTTP_ALLOWED_HOSTS: 'posthorn, a.test' }, { http: { allowedHosts: ['posthorn', 'a.test'] } }],
    [{ HTTP_ALLOWED_HOSTS: '' }, { http: { allowedHosts: [] } }],
    [{ WEBHOOKS_ALLOWED_NETWORKS: '' }, { webhooks: { allowedNetworks: '' } }],
    [{ WEBHOOKS_HTTPS_ONLY: 'true' }, { webhooks: { httpsOnly: true } }],
    [{ WEBHOOKS_HTTPS_ONLY: '0' }, { webhooks: { httpsOnly: false } }],
    [{ WEBHOOKS_RETRY_SCHEDULE: '1, 2.5,60' }, { webhooks: { retrySchedule: [1, 2.5, 60] } }],
    [{ WEBHOOKS_RETRY_SCHEDULE: '' }, { webhooks: { retrySchedule: [] } }],
    [
      { WEBHOOKS_DEFAULT_HEADERS: '{"X-From":"here"}' },
      { webhooks: { defaultHeaders: { 'X-From': 'here' } } },
    ],
    [{ HTTP_MAX_BODY_BYTES: '2048' }, { http: { maxBodyBytes: 2048 } }],
    [
      { EVENTS_CUSTOM: customEvents({ schema: ORDER, example: { order: 1 } }) },
      { events: { custom: [{ name: 'order.shipped', schema: ORDER, example: { order: 1 } }] } },
    ],
    [{ HTTP_TRUST_PROXY: '1' }, { http: { trustProxy: '1' } }],
    [{ HTTP_TRUST_PROXY: '10.0.0.0/8,loopback' }, { http: { trustProxy: '10.0.0.0/8,loopback' } }],
    [{ ADMIN_THROTTLE_FAILURES: '0' }, { admin: { throttle: { failures: 0 } } }],
  ])('lets %j of the environment override the files', (env, expected) => {
    expect(load(env)).toMatchObject(expected);
  });

  it.each([
    [{ PORT: 'many' }, /"port" \(environment: PORT\)/],
    [{ PORT: '70000' }, /"port"/],
    [{ PORT: '' }, /"port"/],
    [{ LOG_LEVEL: 'loud' }, /"logLevel" \(environment: LOG_LEVEL\)/],
    [{ WEBHOOKS_HTTPS_ONLY: 'maybe' }, /"webhooks.httpsOnly" \(environment: WEBHOOKS_HTTPS_ONLY\)/],
    [{ WEBHOOKS_TIMEOUT_MS: '30001' }, /"webhooks.timeoutMs" .*must not be greater than 30000/],
    [{ WEBHOOKS_TIMEOUT_MS: 'soon' }, /"webhooks.timeoutMs" .*must be an integer/],
    [{ WEBHOOKS_RETRY_SCHEDULE: '5,soon' }, /"webhooks.retrySchedule"/],
    [{ WEBHOOKS_DEFAULT_HEADERS: 'X-From: here' }, /WEBHOOKS_DEFAULT_HEADERS .* must be JSON/],
    [{ WEBHOOKS_RETRY_JITTER: '2' }, /"webhooks.retryJitter"/],
    [{ WEBHOOKS_CLOUD_EVENTS_SOURCE: '' }, /"webhooks.cloudEventsSource" .*URI reference/],
    [{ WEBHOOKS_HANDSHAKE_ORIGIN: 'https://a' }, /"webhooks.handshakeOrigin" .*host name/],
    [{ EVENTS_CUSTOM: customEvents({ schema: [] }) }, /"events.custom.0.schema" .*an object/],
    [{ EVENTS_CUSTOM: customEvents({ schema: { type: 'order' } }) }, /must be a JSON Schema \(2020-12\)/],
    [
      { EVENTS_CUSTOM: customEvents({ schema: { $ref: 'https://a/' } }) },
      /without references to other documents/,
    ],
    [
      { EVENTS_CUSTOM: customEvents({ schema: ORDER, example: {} }) },
      /"events.custom.0.example" .*example.order is a required field/,
    ],
    [{ ADMIN_TOKEN: '123456789012345' }, /"adminToken" \(environment: ADMIN_TOKEN\).* 15 characters/],
    [{ ADMIN_TOKEN: '1234567890123456\n' }, /"adminToken" .* begins or ends with white space/],
    [{ ADMIN_TOKEN: '1234567890123456\r\n' }, /"adminToken" .* begins or ends with white space/],
    [{ ADMIN_TOKEN: ' 1234567890123456' }, /"adminToken" .* begins or ends with white space/],
    [{ ADMIN_TOKEN: '\ufeff1234567890123456' }, /"adminToken" .* begins or ends with white space/],
    [{ ADMIN_TOKEN: '12345678\n90123456' }, /"adminToken" .* no request can carry/],
    [{ ADMIN_TOKEN: '12345678€90123456' }, /"adminToken" .* no request can carry/],
    [{ ADMIN_TOKEN: '1234567890123456\u00a0' }, /"adminToken" .* begins or ends with white space/],
    [{ ADMIN_TOKEN: '\u30001234567890123456' }, /"adminToken" .* begins or ends with white space/],
    [{ ADMIN_TOKEN: '1234567890123456\u0085' }, /"adminToken" .* no request can carry/],
    [{ ADMIN_TOKEN: '12345678\t90123456' }, /"adminToken" .* no request can carry/],
    [{ ADMIN_TOKEN: '\u200b1234567890123456' }, /"adminToken" .* no request can carry/],
    [{ HTTP_ALLOWED_HOSTS: 'https://a.test' }, /"http.allowedHosts" .* host names/],
    [{ HTTP_TRUST_PROXY: 'true' }, /"http.trustProxy" .*cannot be "true"/],
    [{ ADMIN_THROTTLE_WINDOW_MS: '10' }, /"admin.throttle.windowMs" .*must not be less than 1000/],
    [{ RETENTION_AUDIT_DAYS: '-1' }, /"retention.auditDays"/],
  ])('names the key of %j', (env, message) => {
    expect(() => load(env)).toThrow(SettingsError);
    expect(() => load(env)).toThrow(message);
  });

  it('takes no admin token that is too long for a request', () => {
    expect(load({ ADMIN_TOKEN: 'a'.repeat(4_096) }).adminToken).toHaveLength(4_096);
    expect(() => load({ ADMIN_TOKEN: 'a'.repeat(4_097) })).toThrow(/"adminToken" .* 4097 characters/);
  });

  it('shows by their constraint what a value must be', () => {
    expect(() => load({ PORT: 'many' })).toThrow(/must/);
  });

  it.each([
    ['webhooks:\n  timeoutMS: 5\n', /"webhooks.timeoutMS" is unknown/],
    ['port: [unclosed', /cannot be read/],
    ['- a list', /must hold keys and values/],
    ['webhooks: 5\n', /"webhooks"/],
  ])('refuses a file with %j', (yaml, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'posthorn-config-'));
    try {
      copyFileSync(join(CONFIG, 'default.yaml'), join(folder, 'default.yaml'));
      writeFileSync(join(folder, 'faulty.yaml'), yaml);
      expect(() => loadSettings({ NODE_ENV: 'faulty' }, folder)).toThrow(message);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    ['1', '1'],
    ['false', 'false'],
    ['10.0.0.0/8', '10.0.0.0/8'],
  ])('takes the proxies of a file as YAML reads them: %s', (yaml, trustProxy) => {
    const folder = mkdtempSync(join(tmpdir(), 'posthorn-config-'));
    try {
      copyFileSync(join(CONFIG, 'default.yaml'), join(folder, 'default.yaml'));
      writeFileSync(join(folder, 'proxied.yaml'), `http:\n  trustProxy: ${yaml}\n`);
      expect(loadSettings({ NODE_ENV: 'proxied' }, folder).http.trustProxy).toBe(trustProxy);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says so when the defaults are missing', () => {
    expect(() => loadSettings({}, join(CONFIG, 'nowhere'))).toThrow(/default\.yaml cannot be read/);
  });
});

describe('toVariableName', () => {
  it.each([
    [['port'], 'PORT'],
    [['databaseUrl'], 'DATABASE_URL'],
    [['webhooks', 'httpsOnly'], 'WEBHOOKS_HTTPS_ONLY'],
  ])('turns %j into %s', (path, variable) => {
    expect(toVariableName(path)).toBe(variable);
  });
});

describe('settings of the environment, whatever they are', () => {
  const load = (env: NodeJS.ProcessEnv) => loadSettings(env, CONFIG);
  const variable = fc.constantFrom(
    'PORT',
    'LOG_LEVEL',
    'DATABASE_POOL_SIZE',
    'HTTP_MAX_BODY_BYTES',
    'HTTP_CORS_ORIGINS',
    'MEDIA_ALLOWED_TYPES',
    'MEDIA_MAX_FILES',
    'EVENTS_CUSTOM',
    'WEBHOOKS_DEFAULT_HEADERS',
    'WEBHOOKS_RETRY_SCHEDULE',
    'WEBHOOKS_TIMEOUT_MS',
    'DELIVERY_BREAKER_FAILURE_SHARE',
    'RETENTION_ATTEMPTS_DAYS',
  );
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.double().map(String),
    fc.constantFrom('', '-1', '1e999', 'NaN', 'true', '*/*', 'image/*,text/plain', 'https://a.example'),
  );

  it('are settings within their bounds, or a fault that names the key', () => {
    fc.assert(
      fc.property(fc.dictionary(variable, text, { maxKeys: 2 }), (env) => {
        try {
          const settings = load(env);
          expect(Number.isInteger(settings.port) && settings.port >= 0 && settings.port <= 65_535).toBe(true);
          expect(settings.http.maxBodyBytes).toBeGreaterThanOrEqual(1_024);
          expect(settings.webhooks.retrySchedule.every((seconds) => seconds >= 0 && seconds < Infinity)).toBe(
            true,
          );
          for (const origin of settings.http.corsOrigins) expect(new URL(origin).origin).toBe(origin);
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          // For a key within a variable's JSON the message names the key, not the variable.
          expect(error.message).toMatch(new RegExp(`"events\\.custom|${Object.keys(env).join('|')}`));
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(['*', 'https://a.example/', 'https://a.example:443', 'a.example', 'https://A.example', 'null'])(
    'take %j for no origin',
    (origin) => {
      expect(() => load({ HTTP_CORS_ORIGINS: origin })).toThrow(/"http.corsOrigins" .* corsOrigins must be/);
    },
  );

  it.each(['image', '*/png', 'image/', 'image/png;a=b'])('take %j for no type', (type) => {
    expect(() => load({ MEDIA_ALLOWED_TYPES: type })).toThrow(/"media.allowedTypes" .* allowedTypes must be/);
  });
});

import { createHmac } from 'node:crypto';
import { readDeliveryId } from './read-delivery-id.js';
import type { SignatureScheme, SignatureSchemeName } from './signature-schemes.js';
import { verifyWebhook } from './verify-webhook.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

const NOW_S = 1_800_000_000;
const SECRET = 'the text that the sender shows';
const BODY = '{"id":"evt_1","event_id":"Ev1","city":"Köln"}';

const hmac = (content: string, encoding: 'hex' | 'base64' = 'hex', secret = SECRET, algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(content).digest(encoding);

/** A genuine request of each sender, written as its documents say. */
const REQUESTS: [SignatureSchemeName | SignatureScheme, Record<string, string>][] = [
  [
    'stripe',
    { 'Stripe-Signature': `t=${NOW_S},v1=${hmac(`${NOW_S}.${BODY}`)},v0=6ffbb59b2300aae63f272406069a9788` },
  ],
  ['github', { 'X-Hub-Signature-256': `sha256=${hmac(BODY)}`, 'X-GitHub-Delivery': 'd-1' }],
  ['shopify', { 'X-Shopify-Hmac-Sha256': hmac(BODY, 'base64'), 'X-Shopify-Webhook-Id': 'd-1' }],
  [
    'slack',
    { 'X-Slack-Signature': `v0=${hmac(`v0:${NOW_S}:${BODY}`)}`, 'X-Slack-Request-Timestamp': String(NOW_S) },
  ],
  [
    { signatureHeader: 'X-Signature', encoding: 'hex', algorithm: 'sha512', idHeader: 'X-Id' },
    { 'X-Signature': hmac(BODY, 'hex', SECRET, 'sha512'), 'X-Id': 'd-1' },
  ],
  [
    {
      signatureHeader: 'X-Sig',
      separator: ' ',
      prefix: 's=',
      encoding: 'base64',
      timestampHeader: 'X-Time',
      signed: '[{timestamp}|{body}]',
      idHeader: 'X-Id',
    },
    { 'X-Sig': `s=AAAA s=${hmac(`[${NOW_S}|${BODY}]`, 'base64')}`, 'X-Time': String(NOW_S), 'X-Id': 'd-1' },
  ],
];

type Given = Parameters<typeof verifyWebhook>[0];

const codeOf = (request: Given): string => {
  try {
    verifyWebhook(request);
    return 'genuine';
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.code;
    throw error;
  }
};

describe.each(REQUESTS)('verifyWebhook by the scheme %j', (scheme, headers) => {
  const request = { scheme, headers, body: BODY, secrets: SECRET, now: NOW_S * 1000 };
  const names = Object.keys(headers).filter((name) => !/-(id|delivery)$/i.test(name));

  it('takes what its sender signed, and gives the parsed body', () => {
    expect(verifyWebhook(request)).toEqual(JSON.parse(BODY));
    expect(codeOf({ ...request, secrets: ['another', SECRET] })).toBe('genuine');
    expect(codeOf({ ...request, headers: new Headers(headers) })).toBe('genuine');
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    expect(codeOf({ ...request, headers: Object.fromEntries(lower) as typeof headers })).toBe('genuine');
  });

  it('refuses another body, another secret and a request without its headers', () => {
    expect(codeOf({ ...request, body: `${BODY} ` })).toBe('signature-mismatch');
    expect(codeOf({ ...request, secrets: 'another' })).toBe('signature-mismatch');
    for (const name of names) {
      expect(codeOf({ ...request, headers: { ...headers, [name]: undefined } })).toBe('header-missing');
    }
  });

  it('refuses another time where it is signed', () => {
    const timed = Object.entries(headers).filter(([, value]) => value.includes(String(NOW_S)));
    for (const [name, value] of timed) {
      const moved = { ...headers, [name]: value.replace(String(NOW_S), String(NOW_S + 1)) };
      expect(codeOf({ ...request, headers: moved })).toBe('signature-mismatch');
      const none = { ...headers, [name]: value.replace(String(NOW_S), 'soon') };
      expect(codeOf({ ...request, headers: none })).toBe('timestamp-malformed');
    }
    const late = codeOf({ ...request, now: (NOW_S + 301) * 1000 });
    expect(late).toBe(timed.length > 0 ? 'timestamp-too-old' : 'genuine');
  });

  it('finds the id of the delivery', () => {
    expect(readDeliveryId({ scheme, headers, body: JSON.parse(BODY) })).toMatch(/^(d-1|evt_1|Ev1)$/);
  });
});

describe('verifyWebhook', () => {
  it('takes GitHub’s own example', () => {
    const request = {
      scheme: 'github' as const,
      headers: {
        'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      },
      body: 'Hello, World!',
      secrets: "It's a Secret to Everybody",
    };
    expect(verifyWebhook({ ...request, bodyFormat: 'text' })).toBe('Hello, World!');
    expect(codeOf(request)).toBe('body-malformed');
  });

  it('takes Slack’s own example, a form', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const secrets = '8f742231b10e8888abcd99yyyzzz85a5';
    const request = { scheme: 'slack' as const, headers, body, secrets, now: 1_531_420_618_000 };
    expect(verifyWebhook({ ...request, bodyFormat: 'text' })).toBe(body);
  });

  it.each<[string, object, string]>([
    ['no header', { signatureHeader: '', encoding: 'hex' }, '"signatureHeader" is missing'],
    ['no encoding', { signatureHeader: 'a' }, '"encoding" must be hex or base64'],
    ['no body', { signatureHeader: 'a', encoding: 'hex', signed: '{timestamp}' }, '{body} once'],
    [
      'a time that is not signed',
      { signatureHeader: 'a', encoding: 'hex', timestampHeader: 'b' },
      'proves nothing',
    ],
    [
      'a time of no place',
      { signatureHeader: 'a', encoding: 'hex', signed: '{timestamp}{body}' },
      'no place says',
    ],
    [
      'a time of two places',
      {
        signatureHeader: 'a',
        encoding: 'hex',
        signed: '{timestamp}{body}',
        timestampHeader: 'b',
        timestampPrefix: 't=',
      },
      'not in both',
    ],
  ])('throws for a scheme with %s', (_, scheme, message) => {
    const call = () =>
      verifyWebhook({ scheme: scheme as SignatureScheme, headers: {}, body: '', secrets: 'a' });
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });

  it('throws for an unknown scheme and for an empty secret', () => {
    const request = { headers: {}, body: '' };
    expect(() => verifyWebhook({ ...request, secrets: 'a', scheme: 'toString' as never })).toThrow(
      'no signature scheme "toString"',
    );
    expect(() => verifyWebhook({ ...request, secrets: [''], scheme: 'github' })).toThrow('secret is missing');
  });
});

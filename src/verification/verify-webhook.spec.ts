import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { parseSignatures, verifyWebhook } from './verify-webhook.js';
import { WebhookVerificationError } from './webhook-verification-error.js';

/** The vector of the specification. */
const VECTOR = {
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  body: '{"test": 2432232314}',
  secrets: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  now: 1_614_265_330_000,
};
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

type Given = Parameters<typeof verifyWebhook>[0];
const verified = (more: Partial<Given> = {}) => verifyWebhook({ ...VECTOR, ...more });
const withHeader = (name: string, value: string | undefined) => ({
  headers: { ...VECTOR.headers, [name]: value },
});

/** The code that it is refused with. */
function codeOf(more: Partial<Given>): string {
  try {
    verified(more);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.code;
    throw error;
  }
  return 'genuine';
}

/** A request that an ed25519 key signed, as a sender makes it. */
function signedByKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const content = `${VECTOR.headers['webhook-id']}.${VECTOR.headers['webhook-timestamp']}.${VECTOR.body}`;
  const signature = signWith(null, Buffer.from(content), privateKey).toString('base64');
  return {
    secrets: `whpk_${raw.toString('base64')}`,
    ...withHeader('webhook-signature', `v1a,${signature}`),
  };
}

describe('verifyWebhook', () => {
  it('takes the specification’s vector, and gives the parsed body', () => {
    expect(verified()).toEqual({ test: 2_432_232_314 });
    expect(verified({ secrets: SECRET, body: Buffer.from(VECTOR.body) })).toEqual({ test: 2_432_232_314 });
  });

  it('takes the reference library’s vector of ed25519', () => {
    const signature =
      'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==';
    // The public key of the seed that the vector signs with.
    const secrets = 'whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=';
    expect(codeOf({ secrets, ...withHeader('webhook-signature', signature) })).toBe('genuine');
  });

  it.each([
    ['standardwebhooks', new StandardWebhook(SECRET)],
    ['svix', new SvixWebhook(SECRET)],
  ])('takes what %s signed, whatever the body', (_, library) => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 4_000_000_000 }), (body, seconds) => {
        const signature = library.sign('msg_1', new Date(seconds * 1000), body);
        const headers = {
          'webhook-id': 'msg_1',
          'webhook-timestamp': String(seconds),
          'webhook-signature': signature,
        };
        expect(verifyWebhook({ headers, body, secrets: SECRET, now: seconds * 1000 })).toEqual(
          JSON.parse(body),
        );
      }),
    );
  });

  it('takes ed25519 with the public key, and with no other', () => {
    expect(codeOf(signedByKey())).toBe('genuine');
    expect(codeOf({ ...signedByKey(), secrets: signedByKey().secrets })).toBe('signature-mismatch');
  });

  it('takes one of several secrets, and one of several signatures', () => {
    const { secrets: key, headers: keyed } = signedByKey();
    expect(codeOf({ secrets: [OTHER, SECRET] })).toBe('genuine');
    const list = `v1,AAAA v9,zzz ${keyed['webhook-signature']} ${VECTOR.headers['webhook-signature']}`;
    for (const secrets of [key, SECRET, [OTHER, key]]) {
      expect(codeOf({ secrets, ...withHeader('webhook-signature', list) })).toBe('genuine');
    }
  });

  it.each<[string, Partial<Given>]>([
    ['fetch', { headers: new Headers(VECTOR.headers) }],
    [
      'names in capitals',
      {
        headers: Object.fromEntries(
          Object.entries(VECTOR.headers).map(([name, value]) => [name.toUpperCase(), value]),
        ),
      },
    ],
    [
      'lists of values',
      { headers: Object.fromEntries(Object.entries(VECTOR.headers).map(([name, value]) => [name, [value]])) },
    ],
  ])('reads headers of %s', (_, more) => {
    expect(codeOf(more)).toBe('genuine');
  });

  it.each<[string, Partial<Given>]>([
    ['another body', { body: '{"test": 2432232315}' }],
    ['a space more', { body: `${VECTOR.body} ` }],
    ['another id', withHeader('webhook-id', 'msg_2')],
    ['another time', withHeader('webhook-timestamp', '1614265331')],
    ['another secret', { secrets: OTHER }],
    ['a signature that is cut', withHeader('webhook-signature', 'v1,g0hM9SsE')],
    [
      'a signature without its version',
      withHeader('webhook-signature', 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='),
    ],
    [
      'a signature under another version',
      withHeader('webhook-signature', VECTOR.headers['webhook-signature'].replace('v1', 'v1a')),
    ],
    [
      'a boundary that moved',
      { ...withHeader('webhook-id', 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330'), body: VECTOR.body },
    ],
  ])('refuses %s', (_, more) => {
    expect(codeOf(more)).toBe('signature-mismatch');
  });

  it.each([
    [300, 'genuine'],
    [301, 'timestamp-too-old'],
    [-300, 'genuine'],
    [-301, 'timestamp-too-new'],
  ])('judges a request that is %d s old: %s', (age, code) => {
    expect(codeOf({ now: VECTOR.now + age * 1000 })).toBe(code);
  });

  it('takes another tolerance', () => {
    expect(codeOf({ now: VECTOR.now + 10_000, toleranceSeconds: 10 })).toBe('genuine');
    expect(codeOf({ now: VECTOR.now + 11_000, toleranceSeconds: 10 })).toBe('timestamp-too-old');
    expect(codeOf({ now: VECTOR.now - 11_000, toleranceSeconds: 10 })).toBe('timestamp-too-new');
  });

  it('goes by this machine’s clock unless told', () => {
    const now = Math.floor(Date.now() / 1000);
    const signature = new StandardWebhook(SECRET).sign('a', new Date(now * 1000), '1');
    const headers = { 'webhook-id': 'a', 'webhook-timestamp': String(now), 'webhook-signature': signature };
    expect(verifyWebhook({ headers, body: '1', secrets: SECRET })).toBe(1);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'refuses a request without %s',
    (name) => {
      expect(codeOf(withHeader(name, undefined))).toBe('header-missing');
      expect(codeOf(withHeader(name, ''))).toBe('header-missing');
    },
  );

  it.each(['soon', '-1', '1e9', '1614265330.5', ' 1614265330', '99999999999999999999'])(
    'refuses the time %j',
    (time) => {
      expect(codeOf(withHeader('webhook-timestamp', time))).toBe('timestamp-malformed');
    },
  );

  it('tells a genuine body that is no JSON', () => {
    const signature = new StandardWebhook(SECRET).sign('a', new Date(VECTOR.now), 'hello');
    const headers = { 'webhook-id': 'a', 'webhook-timestamp': '1614265330', 'webhook-signature': signature };
    expect(codeOf({ headers, body: 'hello' })).toBe('body-malformed');
  });

  it.each<[string, Partial<Record<keyof Given, unknown>>, string]>([
    ['a body that was parsed', { body: { test: 1 } }, 'raw bytes'],
    ['no secret', { secrets: [] }, 'no webhook secret'],
    ['an undefined secret', { secrets: [undefined] }, 'is missing'],
    ['a private key', { secrets: `whsk_${Buffer.alloc(32).toString('base64')}` }, 'give the public key'],
    ['a public key that is none', { secrets: 'whpk_AAAA' }, 'must have 32 bytes'],
    ['no base64', { secrets: 'whsec_canary!' }, 'no base64'],
  ])('throws for %s, a fault of the receiver, and shows no secret', (_, more, message) => {
    const call = () => verified(more as Partial<Given>);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
    expect(call).toThrow(expect.not.stringContaining('canary'));
  });

  it('never takes headers that nobody signed, and throws nothing else', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.oneof(text, fc.nat().map(String)), text, text, (id, time, signature, body) => {
        const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature };
        expect(codeOf({ headers, body })).not.toBe('genuine');
      }),
    );
  });
});

describe('signatureList', () => {
  it('reads what senders write, in its order', () => {
    const signature = fc.record({
      version: fc.constantFrom('v1', 'v1a', 'v2'),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    });
    fc.assert(
      fc.property(fc.array(signature, { maxLength: 20 }), (signatures) => {
        const text = signatures
          .map(({ version, bytes }) => `${version},${Buffer.from(bytes).toString('base64')}`)
          .join(' ');
        expect(parseSignatures(text)).toEqual(
          signatures.map(({ version, bytes }) => ({ version, bytes: Buffer.from(bytes) })),
        );
      }),
    );
  });

  it('never throws, and reads no more than some', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Array.isArray(parseSignatures(text))).toBe(true);
      }),
    );
    expect(parseSignatures('v1,AAAA '.repeat(1_000))).toHaveLength(64);
  });
});

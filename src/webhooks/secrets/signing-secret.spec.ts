import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import {
  makeSecret,
  decodePrivateKey,
  derivePublicKey,
  findSecretProblem,
  decodeSharedKey,
  detectSecretType,
} from './signing-secret.js';

const base64 = (bytes: number, fill = 7) => Buffer.alloc(bytes, fill).toString('base64');

/** An ed25519 key pair in the raw form: seed, then public key. */
function rawPair(): Buffer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return Buffer.concat([
    privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32),
    publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  ]);
}

describe('findSecretProblem', () => {
  it.each([
    ['24 bytes', `whsec_${base64(24)}`],
    ['64 bytes', `whsec_${base64(64)}`],
    ['the specification’s own', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['an ed25519 seed', `whsk_${base64(32)}`],
    ['a seed with its public key', `whsk_${rawPair().toString('base64')}`],
    ['one that is made here', makeSecret('v1')],
    ['a private key that is made here', makeSecret('v1a')],
  ])('takes %s', (_, secret) => {
    expect(findSecretProblem(secret)).toBeNull();
  });

  it.each([
    ['23 bytes', `whsec_${base64(23)}`, 'secret must have 24 to 64 bytes behind whsec_, and has 23'],
    ['65 bytes', `whsec_${base64(65)}`, 'secret must have 24 to 64 bytes behind whsec_, and has 65'],
    ['nothing behind the prefix', 'whsec_', 'secret must have 24 to 64 bytes behind whsec_, and has 0'],
    ['no prefix', base64(32), 'secret must begin with whsec_ (v1) or whsk_ (v1a)'],
    ['nothing', '', 'secret must begin with whsec_ (v1) or whsk_ (v1a)'],
    [
      'no base64',
      `whsec_${'!'.repeat(44)}`,
      'secret must be whsec_ and padded base64, of the alphabet with + and /',
    ],
    [
      'base64 of URLs',
      `whsec_${base64(32, 255).replaceAll('/', '_')}`,
      'secret must be whsec_ and padded base64, of the alphabet with + and /',
    ],
    ['31 bytes of a private key', `whsk_${base64(31)}`, expect.stringContaining('32 bytes behind whsk_')],
    ['two halves of different pairs', `whsk_${base64(64)}`, expect.stringContaining('does not belong')],
    ['a public key', `whpk_${base64(32)}`, expect.stringContaining('cannot sign')],
  ])('refuses %s with a sentence', (_, secret, problem) => {
    expect(findSecretProblem(secret)).toEqual(problem);
  });

  it('never throws, and never shows what it refuses', () => {
    const prefix = fc.constantFrom('', 'whsec_', 'whsk_', 'whpk_', 'WHSEC_');
    fc.assert(
      fc.property(prefix, fc.string({ minLength: 12, unit: 'binary' }), (before, text) => {
        const problem = findSecretProblem(before + text);
        if (problem !== null) expect(problem).not.toContain(text);
      }),
    );
  });

  it('takes every shared secret of the specification’s range, and its bytes are the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 80 }), (bytes) => {
        const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
        expect(findSecretProblem(secret) === null).toBe(bytes.length >= 24 && bytes.length <= 64);
        expect(decodeSharedKey(secret)).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('A v1a secret', () => {
  it('shows the public key that belongs to it, in either form', () => {
    // The pair of Svix' server tests.
    const pair = '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
    const seed = Buffer.from(pair, 'base64').subarray(0, 32).toString('base64');
    const expected = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
    expect(derivePublicKey(`whsk_${pair}`)).toBe(expected);
    expect(derivePublicKey(`whsk_${seed}`)).toBe(expected);
  });

  it('signs what its public key verifies, whatever the seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, content) => {
        const key = decodePrivateKey(`whsk_${Buffer.from(seed).toString('base64')}`);
        expect(verify(null, content, createPublicKey(key), sign(null, content, key))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is told from a shared one by its prefix', () => {
    expect([makeSecret('v1'), makeSecret('v1a')].map(detectSecretType)).toEqual(['v1', 'v1a']);
  });
});

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { SignatureScheme } from '../verification/signature-schemes.js';
import { readDeliveryId } from '../verification/read-delivery-id.js';
import { verifyWebhook } from '../verification/verify-webhook.js';
import { signWebhook } from './sign-webhook.js';

const BODY = { id: 'in-the-body', event_id: 'in-the-body', said: 'Grüße {timestamp} {body}' };
const OWN: SignatureScheme = {
  signatureHeader: 'X-Own-Signature',
  timestampHeader: 'X-Own-Time',
  signed: '{timestamp}\n{body}\nend',
  encoding: 'base64',
  algorithm: 'sha512',
};

const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

describe('signWebhook', () => {
  it.each([
    ['standard', 'msg_1'],
    ['stripe', 'in-the-body'],
    ['github', 'msg_1'],
    ['shopify', 'msg_1'],
    ['slack', 'in-the-body'],
    [OWN, null],
  ] as const)('signs as %j does', (scheme, id) => {
    const secret = makeSecret();
    const { headers, body } = signWebhook({ secret, body: BODY, scheme, id: 'msg_1' });
    expect(verifyWebhook({ secrets: secret, headers, body, scheme })).toEqual(BODY);
    if (id !== null) expect(readDeliveryId({ headers, body: JSON.parse(body), scheme })).toBe(id);
    const other = { secrets: makeSecret(), headers, body, scheme };
    expect(() => verifyWebhook(other)).toThrow('No signature');
    const changed = { secrets: secret, headers, body: `${body} `, scheme };
    expect(() => verifyWebhook(changed)).toThrow('No signature');
  });

  it('signs with a private key for who has the public one', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const [seed, point] = [privateKey.export({ format: 'jwk' }).d, publicKey.export({ format: 'jwk' }).x];
    const toSecret = (prefix: string, key = '') => prefix + Buffer.from(key, 'base64url').toString('base64');
    const signed = signWebhook({ secret: toSecret('whsk_', seed), body: '{}' });
    expect(verifyWebhook({ secrets: toSecret('whpk_', point), ...signed })).toEqual({});
  });

  it('is too old where the test says so', () => {
    const secret = makeSecret();
    const signed = signWebhook({ secret, body: BODY, now: Date.now() - 3_600_000 });
    expect(() => verifyWebhook({ secrets: secret, ...signed })).toThrow('is 3600 s old');
  });

  it('has a new id each time, unless it is told one', () => {
    const [one, other] = [1, 2].map(() => signWebhook({ secret: makeSecret(), body: BODY }).headers);
    expect(one?.['webhook-id']).not.toBe(other?.['webhook-id']);
  });
});

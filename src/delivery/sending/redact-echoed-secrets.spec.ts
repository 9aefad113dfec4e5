import { MASK } from '../../auth/mask.js';
import type { DeliverableWebhook } from '../../webhooks/model/deliverable-webhook.js';
import { EchoedSecretRedactor } from './redact-echoed-secrets.js';

const TOKEN = 'canary-token/with"quotes"+more';

const ODD = `canary&<+"'odd`;

const webhook = {
  headers: {
    'X-Odd': ODD,
    Authorization: `Bearer ${TOKEN}`,
    'X-Basic': `Basic ${Buffer.from('user:canary-password').toString('base64')}`,
    'X-Short': 'abc',
    Accept: 'application/json',
  },
  secrets: [{ secret: 'whsec_canary/secret', expiresAt: null }],
} as unknown as DeliverableWebhook;

const sent = { webhook, signatures: ['v1,canary-signature='] };
const echoes = new EchoedSecretRedactor({ 'X-Default': 'canary-default' });
const body = (text: string, truncated = false) => echoes.redactBody(sent, { text, truncated }).text;

describe('EchoedSecretRedactor', () => {
  it.each([
    ['a value', `authorization: Bearer ${TOKEN}`],
    ['the credentials alone', `token=${TOKEN};`],
    ['a value as JSON writes it', JSON.stringify({ authorization: `Bearer ${TOKEN}` })],
    ['a value as a URL has it', `/login?token=${encodeURIComponent(TOKEN)}`],
    ['a decoded password', 'hello user:canary-password'],
    ['the password alone', 'wrong password: canary-password'],
    ['a configured header', 'x-default: canary-default'],
    ['the secret', 'I expected whsec_canary/secret'],
    ['the secret without its prefix', '{"key":"canary\\/secret"}'],
    ['the secret of another', 'try whsk_canary+of/another=webhook'],
    ['a value as PHP writes it', JSON.stringify(TOKEN).replaceAll('/', '\\/')],
    ['a value as Go writes it', JSON.stringify(ODD).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c')],
    ['a value as .NET writes it', '"canary\\u0026\\u003C\\u002B\\u0022\\u0027odd"'],
    ['a value in HTML', 'canary&amp;&lt;+&quot;&#39;odd'],
    ['a value in the HTML of Go', 'canary&amp;&lt;&#43;&#34;&#39;odd'],
    ['a value in a URL with small letters', "canary%26%3c%2b%22'odd"],
    ['the signature', 'got v1,canary-signature='],
  ])('masks %s in a body', (_, text) => {
    expect(body(text)).not.toContain('canary');
    expect(body(text)).toContain(MASK);
  });

  it('masks what comes back in a header, and leaves the other headers alone', () => {
    const headers = { 'x-echo': `Bearer ${TOKEN}`, 'content-type': 'application/json', 'x-other': 'abc' };
    expect(echoes.redactHeaders(sent, headers)).toEqual({ ...headers, 'x-echo': MASK });
  });

  it('masks what comes back as the name of a header', () => {
    const headers = { 'x-canary-default': 'a', date: 'today' };
    expect(echoes.redactHeaders(sent, headers)).toEqual({ [MASK]: 'a', date: 'today' });
  });

  it('masks what an error quotes, and cuts it after', () => {
    expect(echoes.redactText(sent, `altnames: DNS:${TOKEN}`)).toBe(`altnames: DNS:${MASK}`);
    const long = echoes.redactText(sent, `${'a'.repeat(995)}canary-default${'b'.repeat(100)}`);
    expect(long).not.toContain('cana');
    expect(long.length).toBeLessThanOrEqual(1_001);
  });

  it('hands over what echoes nothing as it came', () => {
    const headers = { 'content-type': 'application/json' };
    expect(echoes.redactHeaders(sent, headers)).toBe(headers);
    expect(body('abc application/json')).toBe('abc application/json');
  });

  it('masks what the limit cut in the midst of a secret', () => {
    const cut = `${'a'.repeat(50)}canary-default`.slice(0, -3);
    expect(body(cut, true)).toBe(`${'a'.repeat(50)}${MASK}`);
    expect(body(cut, false)).toBe(cut);
  });
});

import fc from 'fast-check';
import { readAuditDetails } from './audit-details.js';

const KNOWN = ['name', 'url', 'headers', 'events', 'scopes'];

describe('what the audit keeps of a body', () => {
  it.each<[string, unknown, ReturnType<typeof readAuditDetails>]>([
    ['nothing of no body', undefined, { fields: [], details: {} }],
    ['nothing of what is no object', [{ name: 'a' }], { fields: [], details: {} }],
    [
      'names that the route knows, and no others',
      { name: 'a', whsec_x: 1 },
      { fields: ['name'], details: {} },
    ],
    ['not what every object inherits', Object.create({ name: 'a' }), { fields: [], details: {} }],
    [
      'of a URL scheme and host',
      { url: 'https://user:canary@Example.com:8443/canary?key=canary#canary' },
      { fields: ['url'], details: { url: 'https://example.com:8443' } },
    ],
    ['nothing of a URL that is none', { url: 'canary' }, { fields: ['url'], details: {} }],
    ['nothing of another kind of URL', { url: 'canary://canary' }, { fields: ['url'], details: {} }],
    ['nothing of a URL that is no text', { url: { canary: 1 } }, { fields: ['url'], details: {} }],
    [
      'of headers their names',
      { headers: { 'X-Key': 'canary', Authorization: 'Bearer canary' } },
      { fields: ['headers'], details: { headers: ['X-Key', 'Authorization'] } },
    ],
    [
      'no names that are none',
      { headers: { 'X Key: canary': '', [`X-${'a'.repeat(127)}`]: '' } },
      { fields: ['headers'], details: { headers: [] } },
    ],
    [
      'scopes that there are',
      { scopes: ['tokens:write', 'canary', '*', 1] },
      { fields: ['scopes'], details: { scopes: ['tokens:write', '*'] } },
    ],
  ])('is %s', (_, body, kept) => {
    expect(readAuditDetails(body, KNOWN)).toEqual(kept);
  });

  it('is never a value, whatever is sent', () => {
    const canary = 'canary-7f3a';
    fc.assert(
      fc.property(fc.constantFrom(...KNOWN), fc.jsonValue(), fc.string(), (field, value, text) => {
        const body = {
          [field]: value,
          url: `https://example.com/${canary}?${encodeURIComponent(text)}`,
          headers: { 'X-Key': canary, [`${canary} ${text}`]: text },
        };
        expect(JSON.stringify(readAuditDetails({ ...body, name: canary }, KNOWN))).not.toContain(canary);
      }),
    );
  });
});

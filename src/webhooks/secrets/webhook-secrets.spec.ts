import fc from 'fast-check';
import { seal, SealError } from './encryption.js';
import { openValue, sealedAnew, type SealedPlace, sealValue } from './webhook-secrets.js';

const NEW = Buffer.alloc(32, 1);
const OLD = Buffer.alloc(32, 2);
const OTHER = Buffer.alloc(32, 3);

const anyPlace = fc.constantFrom<SealedPlace>('secret', 'previous', 'headers', 'tls');
const anyText = fc.string({ unit: 'binary' });

describe('A sealed value', () => {
  it('opens in its row and column, with whichever key of the list sealed it, and nowhere else', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.uuid(),
        anyPlace,
        fc.uuid(),
        anyPlace,
        (text, id, place, otherId, otherPlace) => {
          const sealed = sealValue(text, id, place, [OLD]);
          expect(openValue(sealed, id, place, [NEW, OLD])).toBe(text);
          expect(() => openValue(sealed, id, place, [NEW, OTHER])).toThrow(SealError);
          if (otherPlace !== place) expect(() => openValue(sealed, id, otherPlace, [OLD])).toThrow(SealError);
          if (otherId !== id) expect(() => openValue(sealed, otherId, place, [OLD])).toThrow(SealError);
        },
      ),
    );
  });

  it('does not open when any of its characters was changed', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.nat(),
        fc.base64String({ minLength: 4 }),
        (text, at, put) => {
          const sealed = sealValue(text, 'w', 'secret', [NEW]);
          const place = at % sealed.length;
          const changed = sealed.slice(0, place) + put + sealed.slice(place + 1);
          // Base64 has spellings that differ in unused bits alone.
          fc.pre(!isSameBytes(sealed, changed));
          expect(() => openValue(changed, 'w', 'secret', [NEW])).toThrow(SealError);
        },
      ),
    );
  });

  it('never opens from any other text, and says which it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => openValue(text, 'w', 'secret', [NEW])).toThrow('"webhooks/w/secret"');
      }),
    );
  });

  it('of an earlier version opens too: a secret that was bound to its row alone, headers in the clear', () => {
    expect(openValue(seal('whsec_a', 'w', [OLD]), 'w', 'secret', [NEW, OLD])).toBe('whsec_a');
    expect(openValue('{"X-Key":"a"}', 'w', 'headers', [NEW])).toBe('{"X-Key":"a"}');
  });

  it('of an earlier version opens in no other row or column', () => {
    const before = seal('whsec_a', 'w', [NEW]);
    expect(() => openValue(before, 'v', 'secret', [NEW])).toThrow(SealError);
    expect(() => openValue(before, 'w', 'headers', [NEW])).toThrow(SealError);
    expect(() => openValue('{"X":"a"}', 'w', 'secret', [NEW])).toThrow(SealError);
  });
});

describe('sealedAnew', () => {
  it.each<[string, string, SealedPlace, string]>([
    ['what an older key sealed', sealValue('a', 'w', 'secret', [OLD]), 'secret', 'a'],
    ['what was bound to its row alone', seal('a', 'w', [NEW]), 'secret', 'a'],
    ['what stood in the clear', '{"X":"a"}', 'headers', '{"X":"a"}'],
  ])('seals %s with the newest key', (_, stored, place, text) => {
    const sealed = sealedAnew(stored, 'w', place, [NEW, OLD]);
    expect(openValue(sealed ?? '', 'w', place, [NEW])).toBe(text);
    expect(sealedAnew(sealed ?? '', 'w', place, [NEW, OLD])).toBeNull();
  });

  it('throws for what no key opens', () => {
    expect(() => sealedAnew(sealValue('a', 'w', 'secret', [OTHER]), 'w', 'secret', [NEW, OLD])).toThrow(
      SealError,
    );
  });
});

function isSameBytes(a: string, b: string): boolean {
  const [versionA, payloadA = ''] = a.split('.');
  const [versionB, payloadB = ''] = b.split('.');
  return (
    versionA === versionB && Buffer.from(payloadA, 'base64url').equals(Buffer.from(payloadB, 'base64url'))
  );
}

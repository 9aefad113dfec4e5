import fc from 'fast-check';
import { encrypt, EncryptionError } from './encryption.js';
import { decryptValue, reencryptValue, type EncryptedField, encryptValue } from './webhook-secrets.js';

const NEW = Buffer.alloc(32, 1);
const OLD = Buffer.alloc(32, 2);
const OTHER = Buffer.alloc(32, 3);

const anyPlace = fc.constantFrom<EncryptedField>('secret', 'previous', 'headers', 'tls');
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
          const sealed = encryptValue(text, id, place, [OLD]);
          expect(decryptValue(sealed, id, place, [NEW, OLD])).toBe(text);
          expect(() => decryptValue(sealed, id, place, [NEW, OTHER])).toThrow(EncryptionError);
          if (otherPlace !== place)
            expect(() => decryptValue(sealed, id, otherPlace, [OLD])).toThrow(EncryptionError);
          if (otherId !== id)
            expect(() => decryptValue(sealed, otherId, place, [OLD])).toThrow(EncryptionError);
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
          const sealed = encryptValue(text, 'w', 'secret', [NEW]);
          const place = at % sealed.length;
          const changed = sealed.slice(0, place) + put + sealed.slice(place + 1);
          // Base64 has spellings that differ in unused bits alone.
          fc.pre(!isSameBytes(sealed, changed));
          expect(() => decryptValue(changed, 'w', 'secret', [NEW])).toThrow(EncryptionError);
        },
      ),
    );
  });

  it('never opens from any other text, and says which it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => decryptValue(text, 'w', 'secret', [NEW])).toThrow('"webhooks/w/secret"');
      }),
    );
  });

  it('of an earlier version opens too: a secret that was bound to its row alone, headers in the clear', () => {
    expect(decryptValue(encrypt('whsec_a', 'w', [OLD]), 'w', 'secret', [NEW, OLD])).toBe('whsec_a');
    expect(decryptValue('{"X-Key":"a"}', 'w', 'headers', [NEW])).toBe('{"X-Key":"a"}');
  });

  it('of an earlier version opens in no other row or column', () => {
    const before = encrypt('whsec_a', 'w', [NEW]);
    expect(() => decryptValue(before, 'v', 'secret', [NEW])).toThrow(EncryptionError);
    expect(() => decryptValue(before, 'w', 'headers', [NEW])).toThrow(EncryptionError);
    expect(() => decryptValue('{"X":"a"}', 'w', 'secret', [NEW])).toThrow(EncryptionError);
  });
});

describe('reencryptValue', () => {
  it.each<[string, string, EncryptedField, string]>([
    ['what an older key sealed', encryptValue('a', 'w', 'secret', [OLD]), 'secret', 'a'],
    ['what was bound to its row alone', encrypt('a', 'w', [NEW]), 'secret', 'a'],
    ['what stood in the clear', '{"X":"a"}', 'headers', '{"X":"a"}'],
  ])('seals %s with the newest key', (_, stored, place, text) => {
    const sealed = reencryptValue(stored, 'w', place, [NEW, OLD]);
    expect(decryptValue(sealed ?? '', 'w', place, [NEW])).toBe(text);
    expect(reencryptValue(sealed ?? '', 'w', place, [NEW, OLD])).toBeNull();
  });

  it('throws for what no key opens', () => {
    expect(() =>
      reencryptValue(encryptValue('a', 'w', 'secret', [OTHER]), 'w', 'secret', [NEW, OLD]),
    ).toThrow(EncryptionError);
  });
});

function isSameBytes(a: string, b: string): boolean {
  const [versionA, payloadA = ''] = a.split('.');
  const [versionB, payloadB = ''] = b.split('.');
  return (
    versionA === versionB && Buffer.from(payloadA, 'base64url').equals(Buffer.from(payloadB, 'base64url'))
  );
}

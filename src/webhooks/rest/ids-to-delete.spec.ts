import fc from 'fast-check';
import { BadRequestError } from '../../http/envelope-error.js';
import { readIdsToDelete } from './ids-to-delete.js';

describe('readIdsToDelete', () => {
  it('keeps the ids as they were sent', () => {
    expect(readIdsToDelete({ ids: ['a', 1] })).toEqual({ asSent: ['a', 1], ids: ['a', '1'] });
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ ids: 'a' }],
    [{ ids: [] }],
    [{ ids: [null] }],
    [{ ids: [{}] }],
    [[]],
  ])('refuses %j', (body) => {
    expect(() => readIdsToDelete(body)).toThrow('ids must be an array of id');
  });
});

describe('ids to delete, whatever is sent', () => {
  it('are one to a thousand, as sent and as text, or refused', () => {
    const id = fc.oneof(fc.string(), fc.double(), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ ids: fc.array(id, { maxLength: 1_100, size: 'max' }) })),
        (body) => {
          try {
            const { ids, asSent } = readIdsToDelete(body);
            expect(ids.length).toBeGreaterThanOrEqual(1);
            expect(ids.length).toBeLessThanOrEqual(1_000);
            expect(ids).toEqual(asSent.map(String));
          } catch (error) {
            if (!(error instanceof BadRequestError)) throw error;
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

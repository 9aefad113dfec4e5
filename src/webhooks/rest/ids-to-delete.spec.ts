import { idsToDelete } from './ids-to-delete.js';

describe('idsToDelete', () => {
  it('keeps the ids as they were sent', () => {
    expect(idsToDelete({ ids: ['a', 1] })).toEqual({ asSent: ['a', 1], ids: ['a', '1'] });
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
    expect(() => idsToDelete(body)).toThrow('ids must be an array of id');
  });
});

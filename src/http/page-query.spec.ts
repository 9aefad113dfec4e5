import { RequestValidationError } from './envelope-error.js';
import { pageOf } from './page-query.js';

describe('the page of a list', () => {
  it.each([
    [undefined, { page: 1, pageSize: 25 }],
    [{}, { page: 1, pageSize: 25 }],
    [{ page: '3' }, { page: 3, pageSize: 25 }],
    [
      { page: '2', pageSize: '100' },
      { page: 2, pageSize: 100 },
    ],
  ])('of %j is %j', (pagination, expected) => {
    expect(pageOf(pagination)).toEqual(expected);
  });

  it.each([
    '1',
    ['1'],
    { page: '0' },
    { page: '-1' },
    { page: '1.5' },
    { page: ['1', '2'] },
    { page: 'x' },
    { page: '' },
    { pageSize: '101' },
    { pageSize: '1e2' },
    { start: '0' },
  ])('is refused as %j', (pagination) => {
    expect(() => pageOf(pagination)).toThrow(RequestValidationError);
  });
});

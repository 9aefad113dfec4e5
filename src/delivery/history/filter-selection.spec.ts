import { RequestValidationError } from '../../http/envelope-error.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { buildSelection, parseTimeField } from './filter-selection.js';
import type { DeliveriesFilter } from './recovery.dto.js';

const NOW = Date.parse('2020-01-10T08:47:36.264Z');

const UNTIL_NOW = { before: firstIdAt(NOW + 1), createdBefore: NOW + 1 };

describe('buildSelection', () => {
  it.each<[string, DeliveriesFilter, object]>([
    ['one key', { state: 'failed' }, { state: 'failed', after: '', ...UNTIL_NOW }],
    [
      'keys that must all hold',
      { webhookId: 'w', event: 'entry.create', statusCode: 503, tenant: 'a' },
      {
        webhookId: 'w',
        event: 'entry.create',
        statusCode: 503,
        tenant: 'a',
        after: '',
        ...UNTIL_NOW,
      },
    ],
    [
      'a range of times, in either form',
      { from: '2020-01-10T08:00:00Z', to: NOW - 1_000 },
      {
        after: firstIdAt(Date.parse('2020-01-10T08:00:00Z')),
        createdFrom: Date.parse('2020-01-10T08:00:00Z'),
        before: firstIdAt(NOW - 1_000),
        createdBefore: NOW - 1_000,
      },
    ],
    ['nothing that is made later', { to: NOW + 1_000_000 }, { after: '', ...UNTIL_NOW }],
  ])('reads %s', (_, filter, expected) => {
    expect(buildSelection(filter, null, NOW, firstIdAt)).toEqual(expected);
  });

  it('holds a viewer with a tenant to it, whatever tenant the filter names', () => {
    expect(buildSelection({ tenant: 'b' }, 'a', NOW, firstIdAt)).toMatchObject({ tenant: 'b', viewer: 'a' });
  });

  it.each([{}, { state: undefined }])('refuses the empty filter %j', (filter) => {
    expect(() => buildSelection(filter, 'a', NOW, firstIdAt)).toThrow(
      'filter is empty and would mean every delivery there is: say which you mean',
    );
  });
});

describe('parseTimeField', () => {
  it.each([
    ['2020-01-10', Date.parse('2020-01-10')],
    ['2020-01-10T08:47:36+02:00', Date.parse('2020-01-10T06:47:36Z')],
    [NOW, NOW],
    [String(NOW), NOW],
  ])('reads %j', (value, expected) => {
    expect(parseTimeField(['since'], value)).toBe(expected);
  });

  it.each(['yesterday', '', '2020-13-01', -5])('refuses %j, naming the key', (value) => {
    expect(() => parseTimeField(['filter', 'from'], value)).toThrow(RequestValidationError);
    expect(() => parseTimeField(['filter', 'from'], value)).toThrow(/^from must be a time such as/);
  });
});

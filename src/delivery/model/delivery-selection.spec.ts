import { type DeliverySelection, matchOf, scanCondition } from './delivery-selection.js';

const ALL: DeliverySelection = { after: '', before: 'z' };

describe('The way of a selection', () => {
  it.each<[string, Partial<DeliverySelection>, string | null, string, unknown[]]>([
    ['the primary key', {}, null, 'id > ? AND id < ?', ['b', 'z']],
    ['the primary key, to the end of a slice', {}, 'd', 'id > ? AND id <= ?', ['b', 'd']],
    [
      'its webhook’s index',
      { webhookId: 'w' },
      null,
      'webhook_id = ? AND id > ? AND id < ?',
      ['w', 'b', 'z'],
    ],
  ])('leads through %s', (_, more, upTo, sql, values) => {
    expect(scanCondition({ ...ALL, ...more }, 'b', upTo)).toEqual({ sql, values });
  });
});

describe('What a selection means', () => {
  it.each<[Partial<DeliverySelection>, string, unknown[]]>([
    [{}, '1 = 1', []],
    [{ webhookId: 'w' }, '1 = 1', []],
    [{ state: 'failed', statusCode: 500 }, 'state = ? AND last_status_code = ?', ['failed', 500]],
    [{ tenant: 'a', viewer: 'b' }, 'tenant = ? AND tenant = ?', ['a', 'b']],
    [{ event: 'x.y', exceptTests: true }, 'event = ? AND next_trigger <> ?', ['x.y', 'test']],
    [
      { eventsFrom: 'a', eventsBefore: 'b' },
      "COALESCE(event_id, '') >= ? AND COALESCE(event_id, '') < ?",
      ['a', 'b'],
    ],
  ])('is for %j %s', (more, sql, values) => {
    expect(matchOf({ ...ALL, ...more })).toEqual({ sql, values });
  });
});

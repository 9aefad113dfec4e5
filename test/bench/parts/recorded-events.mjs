import { v7 as uuidV7 } from 'uuid';

/** Ten tenants, `t0` to `t9`; the event with the number n is of the tenant n % 10. */
export const TENANTS = Array.from({ length: 10 }, (_, n) => `t${n}`);

export const EVENT_COLUMNS = [
  'id',
  'type',
  'model',
  'uid',
  '`key`',
  'tenant',
  'snapshot',
  'fan_out_due_at',
  'created_at',
];

/** An address as the API makes it, so that its event's body has about 450 bytes. */
export function addressOf(n) {
  return {
    geolocation: { lat: 48.8566, lng: 2.3522, accuracy: 'rooftop' },
    city: `bench-${n}`,
    postal_code: '75001',
    full_name: `Mairie du 1er arrondissement, 4 place du Louvre, 75001 Paris, France, bâtiment ${n % 100}`,
  };
}

function snapshotOf(n, at) {
  const { geolocation, city, postal_code, full_name } = addressOf(n);
  const time = new Date(at).toISOString();
  const entry = { id: n, geolocation, city, postal_code, category: null, full_name };
  return { entry: { ...entry, created_at: time, updated_at: time, cover: null, images: [] } };
}

/** What the event's request body is, for the rows that send without Posthorn. */
export function bodyOf(n, at) {
  const created_at = new Date(at).toISOString();
  return JSON.stringify({ event: 'entry.create', created_at, model: 'address', ...snapshotOf(n, at) });
}

/**
 * Rows of the events' table as the recorder writes them, but for the fan-out mark, which the release sets.
 *
 * @param {number} count
 * @param {string[]} tenants each event is of one of them, in turn
 * @returns {Generator<unknown[][]>} a few hundred rows at a time
 */
export function* eventRows(count, tenants, rowsAtATime = 500) {
  for (let start = 0; start < count; start += rowsAtATime) {
    const at = Date.now();
    yield Array.from({ length: Math.min(rowsAtATime, count - start) }, (_, i) => {
      const n = start + i;
      return [
        // In the order of their numbers, also within a millisecond.
        uuidV7({ msecs: at, seq: n }),
        'entry.create',
        'address',
        'api::address.address',
        String(n),
        tenants[n % tenants.length],
        JSON.stringify(snapshotOf(n, at)),
        null,
        at,
      ];
    });
  }
}

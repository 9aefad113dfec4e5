import { SystemClock } from '../../host/clock.js';
import { TimeOrderedIds, timeOf } from '../../host/time-ordered-ids.js';
import { deriveDeliveryId } from './delivery-id.js';

describe('deriveDeliveryId', () => {
  const ids = new TimeOrderedIds(new SystemClock());

  it('makes of the same event and webhook the same id, and of others another', () => {
    const [event = '', other = ''] = [ids.next(), ids.next()];
    expect(deriveDeliveryId(event, 'a')).toBe(deriveDeliveryId(event, 'a'));
    const made = [event, other].flatMap((one) => ['a', 'b'].map((webhook) => deriveDeliveryId(one, webhook)));
    expect(new Set(made).size).toBe(4);
  });

  it('makes a UUID of version 7 with the time of the event', () => {
    const event = ids.next();
    const made = deriveDeliveryId(event, 'webhook');
    expect(made).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(timeOf(made)).toBe(timeOf(event));
  });
});

import { UnwritableEventError } from '../delivery/recording/serialize-data.js';
import { NotAnnouncedError } from './announced-events.js';
import { RecordingPublisher } from './recording-publisher.js';

describe('RecordingPublisher', () => {
  let publisher: RecordingPublisher;

  beforeEach(async () => {
    publisher = new RecordingPublisher();
    await publisher.publish({ type: 'order.placed', data: { total: 1 }, key: '1' });
    await publisher.publish({}, { type: 'order.placed', data: { total: 2, lines: [{ sku: 'a', n: 1 }] } });
  });

  it.each([
    [{ type: 'order.placed' }, 'event-1'],
    [{ type: 'order.placed', data: { total: 2 } }, 'event-2'],
    [{ type: 'order.placed', data: { lines: [{ sku: 'a' }] } }, 'event-2'],
    [{ type: 'order.placed', data: { total: 1 }, key: '1' }, 'event-1'],
    [{ type: 'order.placed', data: { lines: expect.any(Array) as unknown } }, 'event-2'],
  ])('finds %j', (expected, id) => {
    expect(publisher.expect(expected).id).toBe(id);
  });

  it.each([
    [{ type: 'order.paid' }],
    [{ type: 'order.placed', data: { total: '1' } }],
    [{ type: 'order.placed', data: { total: 1 }, key: '2' }],
    [{ type: 'order.placed', data: { lines: [] } }],
    [{ type: 'order.placed', data: { lines: {} } }],
    [{ type: 'order.placed', data: { total: { of: 1 } } }],
    [{ type: 'order.placed', data: { tenant: undefined } }],
  ])('does not find %j, and says what there was', (expected) => {
    expect(() => publisher.expect(expected)).toThrow(NotAnnouncedError);
    expect(() => publisher.expect(expected)).toThrow(
      /^No event was announced that has .*\nAnnounced were:\n {2}\{"type":"order.placed","data":\{"total":1\}/,
    );
  });

  it('says that there was nothing at all', () => {
    expect(() => new RecordingPublisher().expect({ type: 'order.placed' })).toThrow(
      'No event was announced that has {"type":"order.placed"}.\nNone was announced at all.',
    );
  });

  it('keeps what was published as it was then, and refuses what cannot be recorded', async () => {
    const data = { total: 3 };
    await publisher.publish({ type: 'order.changed', data });
    data.total = 4;
    expect(publisher.expect({ type: 'order.changed' }).data).toEqual({ total: 3 });
    await expect(publisher.publish({ type: 'order.changed', data: { total: Number.NaN } })).rejects.toThrow(
      UnwritableEventError,
    );
    expect(publisher.events).toHaveLength(3);
  });
});

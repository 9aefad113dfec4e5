import { Logger } from '@nestjs/common';
import type { Claim } from '../model/claim.js';
import type { Outcome } from '../model/outcome.js';
import type { HandOffRecorder, SettledEvent } from '../outcomes/hand-off-recorder.js';
import { HandedOffEvent } from './handed-off-event.js';
import { HandOffLedger } from './hand-off-ledger.js';

const LEASE_MS = 30_000;

const claimOf = (deliveryId: string) =>
  ({
    deliveryId,
    eventId: 'e',
    leaseToken: 'token',
    leaseUntil: 1,
    redeliveryId: null,
    webhook: { id: 'w' },
  }) as Claim;

const outcomeOf = (claim: Claim) =>
  ({ claim, attempt: { statusCode: 200 }, result: { state: 'succeeded', finishedAt: 2 } }) as Outcome;

/** A ledger whose database a test plays, and what it told its worker. */
function stage(record: (events: readonly SettledEvent[]) => Promise<ReadonlySet<string>>) {
  const told = {
    recorded: [] as string[],
    back: [] as string[],
    written: [] as string[],
    rooms: 0,
    due: [] as string[],
    hints: 0,
  };
  const recorder = {
    record,
    release: async () => 1,
    findHeld: async () => new Set<string>(),
  } as unknown as HandOffRecorder;
  const clock = { ms: 1_000, now: (): number => clock.ms };
  const ledger = new HandOffLedger(recorder, clock, { leaseMs: LEASE_MS });
  const idsOf = (outcomes: readonly Outcome[]) => outcomes.map(({ claim }) => claim.deliveryId);
  ledger.serve({
    giveRoomBack: () => (told.rooms += 1),
    record: (outcomes) => told.recorded.push(...idsOf(outcomes)),
    handBack: (claims) => told.back.push(...claims.map(({ deliveryId }) => deliveryId)),
    afterWriting: (outcomes, due) => {
      told.written.push(...idsOf(outcomes));
      told.due.push(...due.map(({ id }) => id));
    },
    hint: () => (told.hints += 1),
  });
  /** An event with a delivery for each id; those that wait for room end with `?`. */
  const hold = (...ids: string[]) => {
    const recipients = ids.map((id) => ({
      claim: claimOf(id),
      rendering: 'strapi-v3',
      waits: id.endsWith('?'),
    }));
    const event = new HandedOffEvent(
      { id: 'e', tenant: null, createdAt: 1, leaseToken: 'token', leaseUntil: 31_000, recipients },
      ledger.now(),
    );
    ledger.expect(event);
    return { event, claims: ledger.hold(event) };
  };
  return { ledger, told, hold, clock };
}

const endsOf = ([event]: readonly SettledEvent[]) =>
  event?.deliveries.map(({ end }) => (typeof end === 'string' ? end : 'ended'));

describe('HandOffLedger', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  it('writes an event once all its requests have ended', async () => {
    const seen: unknown[] = [];
    const { ledger, told, hold } = stage(async (events) => {
      seen.push(endsOf(events));
      return new Set();
    });
    const { claims } = hold('a', 'b');
    for (const claim of claims) expect(ledger.end(outcomeOf(claim))).toBe(true);
    expect(ledger.unrecorded).toBe(2);
    await ledger.settle();
    expect(seen).toEqual([['ended', 'ended']]);
    expect(told).toMatchObject({ written: ['a', 'b'], recorded: [], back: [] });
    expect(ledger.unrecorded).toBe(0);
    expect(ledger.isHolding('e')).toBe(false);
  });

  it('passes on what ends while it is written, and renews the lease of what is out', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map(claimOf) as [Claim, Claim, Claim];
    const { ledger, told, hold } = stage(async (events) => {
      expect(endsOf(events)).toEqual(['ended', 'held', 'held']);
      expect(ledger.end(outcomeOf(b))).toBe(true);
      void ledger.giveBack([c]);
      return new Set();
    });
    const { claims } = hold('a', 'b', 'c');
    ledger.end(outcomeOf(a));
    await ledger.settle();
    expect(told).toMatchObject({ written: ['a'], recorded: ['b'], back: ['c'] });
    expect(claims.map(({ leaseUntil }) => leaseUntil)).toEqual([1, 1_000 + LEASE_MS, 1_000 + LEASE_MS]);
    expect(ledger.end(outcomeOf(c))).toBe(false);
  });

  it('leaves what others have taken over to the recorder of outcomes, which keeps the attempts', async () => {
    const { ledger, told, hold } = stage(async () => new Set(['e']));
    const { claims } = hold('a', 'b', 'c');
    const [a, , c] = claims as [Claim, Claim, Claim];
    ledger.end(outcomeOf(a));
    await ledger.giveBack([c]);
    expect(told).toMatchObject({ written: [], recorded: ['a'], back: ['c'] });
    expect(claims.map(({ leaseUntil }) => leaseUntil)).toEqual([1, 1, 1]);
    expect(claims.some((claim) => ledger.holds(claim))).toBe(false);
  });

  it('keeps what the database does not take, and whoever hands back waits for one try', async () => {
    let isAway = true;
    const seen: unknown[] = [];
    const { ledger, told, hold } = stage(async (events) => {
      if (isAway) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
      seen.push(endsOf(events));
      return new Set();
    });
    const { claims } = hold('a', 'b');
    const [a, b] = claims as [Claim, Claim];
    expect(await ledger.giveBack([a])).toEqual([]);
    expect(ledger.holds(a)).toBe(true);
    expect(ledger.isHolding('e')).toBe(true);
    ledger.end(outcomeOf(b));
    isAway = false;
    await ledger.settle();
    expect(seen).toEqual([['returned', 'ended']]);
    expect(told).toMatchObject({ written: ['b'], recorded: [], back: [] });
  });

  it('writes what waits for room with the others, sends it not, and says that it is due', async () => {
    const seen: unknown[] = [];
    const { ledger, told, hold } = stage(async (events) => {
      seen.push(endsOf(events));
      return new Set();
    });
    const { claims } = hold('a', 'b?');
    const waiting = claimOf('b?').webhook.id;
    expect(claims.map(({ deliveryId }) => deliveryId)).toEqual(['a']);
    expect(ledger.hasWaitingFor(waiting)).toBe(true);
    for (const claim of claims) ledger.end(outcomeOf(claim));
    await ledger.settle();
    expect(seen).toEqual([['ended', 'waiting']]);
    expect(told).toMatchObject({ written: ['a'], recorded: [], back: [], due: [waiting] });
    expect(ledger.hasWaitingFor(waiting)).toBe(false);
  });

  it('leaves what waits for room to those who have taken its event over', async () => {
    const { ledger, told, hold } = stage(async () => new Set(['e']));
    const { claims } = hold('a', 'b?');
    for (const claim of claims) ledger.end(outcomeOf(claim));
    await ledger.settle();
    expect(told).toMatchObject({ written: [], recorded: ['a'], back: [], due: [] });
    expect(ledger.hasWaitingFor(claimOf('b?').webhook.id)).toBe(false);
  });

  it('hands back claims of others as they are', async () => {
    const { ledger } = stage(async () => new Set());
    const other = claimOf('other');
    expect(await ledger.giveBack([other])).toEqual([other]);
  });

  it('sends nothing of an event whose commit it found and left to others before it was heard', async () => {
    const { ledger, told, hold } = stage(async () => new Set());
    const { event } = hold();
    ledger.expect(event);
    ledger.release([event]);
    expect(ledger.hold(event)).toEqual([]);
    await ledger.settle();
    expect(told).toMatchObject({ rooms: 1, hints: 1 });
    expect(ledger.unrecorded).toBe(0);
  });

  it('forgets an event that was not committed and gives its room back once', async () => {
    const { ledger, told, clock } = stage(async () => new Set());
    const plan = { id: 'e', tenant: null, createdAt: 1, leaseToken: 'token', leaseUntil: 31_000 };
    const event = new HandedOffEvent({ ...plan, recipients: [] }, ledger.now());
    ledger.expect(event);
    ledger.doubt(event);
    ledger.sweep();
    await ledger.settle();
    expect(ledger.isHolding('e')).toBe(true);
    clock.ms += LEASE_MS;
    ledger.measureAgeBy(() => Number.MAX_SAFE_INTEGER);
    ledger.sweep();
    while (ledger.isHolding('e')) await new Promise((resolve) => setImmediate(resolve));
    ledger.forget(event);
    expect(told.rooms).toBe(1);
  });
});

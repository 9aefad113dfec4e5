import { type Accounts, judge } from './judge.mjs';
import { AT, request, soundRun } from './sound-run.js';

/** The names of the faults that were found. */
const faultsOf = (accounts: Accounts): string[] =>
  Object.entries(judge(accounts).faults).flatMap(([name, found]) => (found.length > 0 ? [name] : []));

describe('The judge of a chaos run', () => {
  it('finds nothing in a run in which all went well', () => {
    const { passed, figures } = judge(soundRun());
    expect(passed).toBe(true);
    expect(figures).toMatchObject({
      acknowledged: 4,
      refused: 1,
      unknown: 1,
      unknownThatHappened: 0,
      events: 4,
    });
  });

  it('finds an acknowledged change that one webhook never got', () => {
    const run = soundRun();
    run.all.received.delete('e1');
    expect(faultsOf(run)).toEqual(['lost', 'undelivered']);
    expect(judge(run).passed).toBe(false);
  });

  it('finds an acknowledged change that was never recorded at all', () => {
    const run = soundRun();
    for (const { received } of run.webhooks) received.delete('e4');
    run.history.events = run.history.events.filter(({ id }) => id !== 'e4');
    expect(faultsOf(run)).toEqual(['lost']);
  });

  it('does not take a request for received that was dropped or answered badly', () => {
    const run = soundRun();
    run.all.received.get('e1')?.requests.splice(0, 1, request({ accepted: false, endedAt: null }));
    expect(faultsOf(run)).toEqual(['lost', 'undelivered']);
  });

  it('lets a change whose answer was lost happen or not, but what was recorded must arrive', () => {
    const run = soundRun();
    run.history.events.push({ id: 'e5', type: 'entry.create' });
    run.history.entries.push({ id: 3, mark: 'create-3' });
    expect(faultsOf(run)).toEqual(['undelivered', 'untold']);
    const event = { mark: 'create-3', type: 'entry.create', entryId: 3, requests: [request()] };
    run.all.received.set('e5', event);
    run.ordered.received.set('e5', event);
    expect(faultsOf(run)).toEqual([]);
    expect(judge(run).figures).toMatchObject({ unknownThatHappened: 1, deniedThatHappened: 1 });
  });

  it('finds an event that was received and rolled back', () => {
    const run = soundRun();
    const event = { mark: 'create-3', type: 'entry.create', entryId: 3, requests: [request()] };
    run.all.received.set('e5', event);
    expect(faultsOf(run)).toEqual(['rolledBack', 'toldInVain']);
  });

  it('finds a refused change that was received', () => {
    const run = soundRun();
    run.history.events.push({ id: 'e5', type: 'chaos.happened' });
    run.all.received.set('e5', {
      mark: 'refused-1',
      type: 'chaos.happened',
      entryId: null,
      requests: [request()],
    });
    expect(faultsOf(run)).toEqual(['refused']);
  });

  it('finds what nobody asked for', () => {
    const run = soundRun();
    run.history.events.push({ id: 'e5', type: 'delivery.exhausted' });
    run.all.received.set('e5', {
      mark: null,
      type: 'delivery.exhausted',
      entryId: null,
      requests: [request()],
    });
    expect(faultsOf(run)).toEqual(['unknownToAll']);
  });

  it('finds an event that a webhook did not subscribe to', () => {
    const run = soundRun();
    const event = run.all.received.get('e4');
    if (event) run.ordered.received.set('e4', event);
    expect(faultsOf(run)).toEqual(['misdirected']);
  });

  it('finds a repeat with another body', () => {
    const run = soundRun();
    run.blows = [{ kind: 'kill', sender: '1.1', from: AT, to: AT }];
    run.all.received.get('e1')?.requests.push(request({ at: AT + 5, bodyHash: 'other' }));
    expect(faultsOf(run)).toEqual(['changedBody']);
  });

  it('finds a change that came as two events', () => {
    const run = soundRun();
    run.history.events.push({ id: 'e5', type: 'chaos.happened' });
    const event = run.all.received.get('e4');
    if (event) run.all.received.set('e5', event);
    expect(faultsOf(run)).toEqual(['recordedTwice']);
  });

  it('finds a delivery that is stuck, and one that failed', () => {
    const run = soundRun();
    run.history.pending = [{ id: 'd1' }];
    run.history.failed = [{ id: 'd2' }];
    expect(faultsOf(run)).toEqual(['stuck', 'failed']);
  });

  it('finds an acknowledged entry that is gone', () => {
    const run = soundRun();
    run.history.entries.shift();
    expect(faultsOf(run)).toEqual(['vanished', 'toldInVain']);
  });

  it('finds an entry whose end was told though it stands', () => {
    const run = soundRun();
    run.changes.push({ mark: 'delete:1', type: 'entry.delete', entryId: 1, outcome: 'unknown' });
    run.history.events.push({ id: 'e5', type: 'entry.delete' });
    const event = { mark: 'delete:1', type: 'entry.delete', entryId: 1, requests: [request()] };
    run.all.received.set('e5', event);
    run.ordered.received.set('e5', event);
    expect(faultsOf(run)).toEqual(['toldTooSoon']);
  });

  it('finds a change that an ordered webhook was told of before the one ahead of it', () => {
    const run = soundRun();
    run.ordered.received.get('e2')?.requests.splice(0, 1, request({ at: AT + 200 }));
    expect(faultsOf(run)).toEqual(['outOfOrder']);
  });

  it('takes changes that overlapped in either order', () => {
    const run = soundRun();
    run.ordered.received.get('e2')?.requests.splice(0, 1, request({ at: AT + 200 }));
    const earlier = run.changes.find(({ mark }) => mark === 'create-2');
    if (earlier) earlier.answeredAt = AT + 60;
    expect(faultsOf(run)).toEqual([]);
  });

  it('finds an instance that ended by itself, but for a start while the database was away', () => {
    const run = soundRun();
    run.blows = [{ kind: 'database-kill', sender: null, from: AT, to: AT + 3_000 }];
    const start = { name: '1.2', startedAt: AT + 100, endedAt: AT + 600, listened: false };
    run.ownEnds = [start];
    expect(faultsOf(run)).toEqual([]);
    run.ownEnds = [{ ...start, listened: true }];
    expect(faultsOf(run)).toEqual(['crashed']);
    run.ownEnds = [{ ...start, startedAt: AT - 900, endedAt: AT - 600 }];
    expect(faultsOf(run)).toEqual(['crashed']);
  });

  it('counts requests that had to be refused and were not', () => {
    expect(faultsOf({ ...soundRun(), misanswered: ['refused-1 was not refused'] })).toEqual(['misanswered']);
  });
});

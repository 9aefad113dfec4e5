import { judge } from './judge.mjs';
import { AT, REACH_MS, request, soundRun } from './sound-run.js';

describe('A change that was accepted twice', () => {
  const KILL = { kind: 'kill', sender: '1.1', from: AT + 500, to: AT + 510 } as const;
  const STOP = { kind: 'stop', sender: '1.1', from: AT + 500, to: AT + 4_000 } as const;

  it.each([
    ['no blow fell', [], 1],
    ['its sender was killed soon after', [KILL], 0],
    ['another was killed', [{ ...KILL, sender: '2.1' }], 1],
    ['its sender was killed long after', [{ ...KILL, from: AT + REACH_MS + 1, to: AT + REACH_MS + 9 }], 1],
    ['its sender was stopped soon after', [STOP], 0],
    ['its sender was told to end soon after', [{ ...KILL, kind: 'term' } as const], 1],
    ['the database was killed', [{ ...KILL, kind: 'database-kill', sender: null } as const], 0],
  ])('is judged where %s', (_, blows, unexplained) => {
    const run = { ...soundRun(), blows };
    run.all.received.get('e1')?.requests.push(request({ at: AT + 5_000, sender: '2.1' }));
    const { faults, figures } = judge(run);
    expect(faults['unexplainedDuplicate']).toHaveLength(unexplained);
    expect(figures['duplicates']).toBe(1);
  });

  it('may come late from an instance that was stopped, as often as it can have begun', () => {
    const run = { ...soundRun(), blows: [{ ...STOP, sender: '2.1' }] };
    const repeat = () => request({ at: STOP.to + 20, sender: '2.1' });
    for (const id of ['e1', 'e2']) run.all.received.get(id)?.requests.push(repeat());
    expect(judge(run).passed).toBe(true);
    run.all.received.get('e4')?.requests.push(repeat());
    expect(judge(run).faults['unexplainedDuplicate']).toHaveLength(1);
  });

  it('is explained by no stop that ended long before', () => {
    const run = { ...soundRun(), blows: [{ ...STOP, sender: '2.1' }] };
    run.all.received.get('e1')?.requests.push(request({ at: STOP.to + REACH_MS + 1, sender: '2.1' }));
    expect(judge(run).faults['unexplainedDuplicate']).toHaveLength(1);
  });

  it('is explained by no kill of the database that was over long before', () => {
    const kill = { kind: 'database-kill', sender: null, from: AT - REACH_MS - 200, to: AT - 500 } as const;
    const run = { ...soundRun(), blows: [kill] };
    run.all.received.get('e1')?.requests.push(request({ at: AT + 5_000, sender: '2.1' }));
    expect(judge(run).faults['unexplainedDuplicate']).toHaveLength(1);
  });
});

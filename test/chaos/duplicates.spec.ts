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
    ['the network of its sender was cut', [{ ...KILL, kind: 'network', sender: '1.*' } as const], 0],
    ['the network of another was cut', [{ ...KILL, kind: 'network', sender: '2.*' } as const], 1],
    ['the network of the eleventh was cut', [{ ...KILL, kind: 'network', sender: '11.*' } as const], 1],
    ['the clock of its sender was set', [{ ...KILL, kind: 'clock', sender: '1.*' } as const], 1],
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

  it.each([
    [10_000, 0],
    [500, 1],
  ])('is explained for as long as a blow has consequences (%i ms)', (settlesMs, unexplained) => {
    const over = { from: AT - REACH_MS - 2_000, to: AT - 1_000, settlesMs };
    const run = { ...soundRun(), blows: [{ kind: 'network', sender: '1.*', ...over } as const] };
    run.all.received.get('e1')?.requests.push(request({ at: AT + 5_000, sender: '2.1' }));
    expect(judge(run).faults['unexplainedDuplicate']).toHaveLength(unexplained);
  });

  it('is explained by no kill of the database that was over long before', () => {
    const kill = { kind: 'database-kill', sender: null, from: AT - REACH_MS - 200, to: AT - 500 } as const;
    const run = { ...soundRun(), blows: [kill] };
    run.all.received.get('e1')?.requests.push(request({ at: AT + 5_000, sender: '2.1' }));
    expect(judge(run).faults['unexplainedDuplicate']).toHaveLength(1);
  });
});

import { CommitOutcomeUnknownError } from './transactions.js';
import { WriteBehind } from './write-behind.js';

/** Appends: like a run of failures it tells which half came first. */
const appended = (older: string, newer: string) => older + newer;

const lostAnswer = () =>
  new CommitOutcomeUnknownError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));

describe('A write-behind buffer', () => {
  it('merges what is added under one key, and writes it once', async () => {
    const written: [string, string][][] = [];
    const buffer = new WriteBehind<string>({
      merge: appended,
      write: async (rows) => void written.push([...rows]),
    });
    buffer.add('a', '1');
    buffer.add('a', '2');
    buffer.add('b', '3');
    expect(buffer.size).toBe(2);
    expect([...(await buffer.flush())]).toEqual([
      ['a', '12'],
      ['b', '3'],
    ]);
    expect([...(await buffer.flush())]).toEqual([]);
    expect(written).toEqual([
      [
        ['a', '12'],
        ['b', '3'],
      ],
    ]);
  });

  it('merges a batch that failed as the older half with what came meanwhile', async () => {
    const written: [string, string][] = [];
    let isAway = true;
    const buffer = new WriteBehind<string>({
      merge: appended,
      write: async (rows) => {
        buffer.add('a', isAway ? '2' : '3');
        if (isAway) throw new Error('away');
        written.push(...rows);
      },
    });
    buffer.add('a', '1');
    await expect(buffer.flush()).rejects.toThrow('away');
    expect(buffer.get('a')).toBe('12');
    isAway = false;
    await buffer.flush();
    expect(written).toEqual([['a', '12']]);
    expect(buffer.get('a')).toBe('3');
  });

  it('runs one flush at a time, the second with what came during the first', async () => {
    const written: string[] = [];
    let running = 0;
    const buffer = new WriteBehind<string>({
      merge: appended,
      write: async (rows) => {
        running += 1;
        expect(running).toBe(1);
        if (written.length === 0) buffer.add('a', '2');
        await new Promise((resolve) => setImmediate(resolve));
        written.push(rows.get('a') ?? '');
        running -= 1;
      },
    });
    buffer.add('a', '1');
    await Promise.all([buffer.flush(), buffer.flush()]);
    expect(written).toEqual(['1', '2']);
  });

  it.each([
    ['was committed', true, ['12', '3']],
    ['was not committed', false, ['12', '123']],
  ])(
    'asks after a COMMIT without an answer, and where it %s writes each delta once',
    async (_, isWritten, all) => {
      const tried: string[] = [];
      const asked: string[] = [];
      let batches = 0;
      const buffer = new WriteBehind<string>({
        merge: appended,
        write: async (rows) => {
          tried.push(rows.get('a') ?? '');
          if (tried.length === 1) throw lostAnswer();
        },
        commits: {
          nextBatch: () => `batch-${(batches += 1)}`,
          isWritten: async (batch) => {
            asked.push(batch);
            return isWritten;
          },
        },
      });
      buffer.add('a', '12');
      await expect(buffer.flush()).rejects.toThrow(CommitOutcomeUnknownError);
      buffer.add('a', '3');
      const written = await buffer.flush();
      expect(asked).toEqual(['batch-1']);
      expect(tried).toEqual(all);
      expect([...written.keys()]).toEqual(['a']);
    },
  );

  it('keeps a batch in doubt while the database cannot be asked', async () => {
    let isAway = true;
    const tried: string[] = [];
    const buffer = new WriteBehind<string>({
      merge: appended,
      write: async (rows) => {
        tried.push(rows.get('a') ?? '');
        if (tried.length === 1) throw lostAnswer();
      },
      commits: {
        nextBatch: () => 'batch',
        isWritten: async () => {
          if (isAway) throw new Error('still away');
          return true;
        },
      },
    });
    buffer.add('a', '1');
    await expect(buffer.flush()).rejects.toThrow(CommitOutcomeUnknownError);
    await expect(buffer.flush()).rejects.toThrow('still away');
    expect(buffer.size).toBe(1);
    isAway = false;
    expect([...(await buffer.flush())]).toEqual([['a', '1']]);
    expect(tried).toEqual(['1']);
  });
});

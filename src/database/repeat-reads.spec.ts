import type { QueryRunner } from 'typeorm';
import { connectAtOnce } from './at-once.js';
import { Outage } from './outage.js';
import { Patience } from './patience.js';
import { repeatReads } from './repeat-reads.js';

const LOST = Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' });

/** A query runner whose connection is lost at the statement that the test names. */
function losingRunner(lostAt: string) {
  const destroyed: string[] = [];
  const sent: string[] = [];
  let connections = 0;
  let isLost = false;
  const runner = {
    isTransactionActive: false,
    databaseConnection: undefined as { destroy(): void } | undefined,
    connect: () => Promise.resolve(),
    async query(sql: string): Promise<string> {
      if (!this.databaseConnection) {
        const name = `connection ${(connections += 1)}`;
        this.databaseConnection = { destroy: () => destroyed.push(name) };
      }
      sent.push(sql);
      await new Promise(setImmediate);
      if (sql !== lostAt || isLost) return `${sql} of connection ${connections}`;
      isLost = true;
      throw LOST;
    },
  };
  const outage = new Outage(() => Promise.resolve());
  const repeating = repeatReads(runner as unknown as QueryRunner, () => new Patience(60_000, outage));
  return { runner: repeating, destroyed, sent, state: runner };
}

describe('repeatReads', () => {
  it('reads again on another connection what was lost outside of a transaction', async () => {
    const { runner, destroyed, sent } = losingRunner('SELECT 2');
    await runner.query('SELECT 1');
    expect(await runner.query('SELECT 2')).toBe('SELECT 2 of connection 2');
    expect(destroyed).toEqual(['connection 1']);
    expect(sent).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 2']);
  });

  it.each([
    ['a write', [], 'UPDATE a SET b = 1'],
    ['a read after a write', ['UPDATE a SET b = 1'], 'SELECT 1'],
    ['a read under a named lock', ["SELECT GET_LOCK('a', 1)"], 'SELECT 1'],
    ['a named lock', [], "SELECT GET_LOCK('a', 1)"],
  ])('does not repeat %s', async (_, before, lost) => {
    const { runner, sent } = losingRunner(lost);
    for (const sql of before) await runner.query(sql);
    await expect(runner.query(lost)).rejects.toBe(LOST);
    expect(sent).toEqual([...before, lost]);
  });

  it('does not repeat a read in a transaction, nor on its connection afterwards', async () => {
    const { runner, state } = losingRunner('SELECT 2');
    state.isTransactionActive = true;
    await runner.query('SELECT 1');
    state.isTransactionActive = false;
    await expect(runner.query('SELECT 2')).rejects.toBe(LOST);
  });

  it('does not repeat what is wanted at once', async () => {
    const { runner } = losingRunner('SELECT 1');
    await connectAtOnce(runner);
    await expect(runner.query('SELECT 1')).rejects.toBe(LOST);
  });
});

import type { DataSource } from 'typeorm';
import { TokenLookup } from './token-lookup.js';

/** The columns of a token that a test sets. */
type Told = { id: string; token_hash: string };

/** A database that answers when the test says so, and records the hashes of each statement. */
function slowDatabase() {
  const asked: string[][] = [];
  const answers: ((tokens: Told[] | Error) => void)[] = [];
  const query = (_: string, hashes: string[]) => {
    asked.push(hashes);
    return new Promise((resolve, reject) => {
      answers.push((told) =>
        told instanceof Error
          ? reject(told)
          : resolve(told.map((row) => ({ ...row, scopes: '["*"]', expires_at: null }))),
      );
    });
  };
  const getMetadata = () => ({ tableName: 'admin_tokens' });
  const done = () => Promise.resolve();
  const createQueryRunner = () => ({ connect: done, query, release: done });
  const dataSource = { createQueryRunner, getMetadata } as unknown as DataSource;
  const answer = async (told: Told[] | Error) => {
    // The statement is sent once there is a connection.
    await new Promise(setImmediate);
    answers.shift()?.(told);
    await new Promise(setImmediate);
  };
  return { lookup: new TokenLookup(dataSource), asked, answer };
}

describe('TokenLookup', () => {
  it('has one statement out at a time, which takes along who waits', async () => {
    const { lookup, asked, answer } = slowDatabase();
    const found = Array.from({ length: 1_001 }, (_, n) => lookup.find(`hash-${n}`));
    await new Promise(setImmediate);
    expect(asked.map(({ length }) => length)).toEqual([1]);
    await answer([]);
    expect(asked.map(({ length }) => length)).toEqual([1, 500]);
    await answer([{ id: '7', token_hash: 'hash-7' }]);
    await answer([]);
    expect(asked.map(({ length }) => length)).toEqual([1, 500, 500]);
    const tokens = await Promise.all(found);
    expect(tokens.flatMap((token, n) => (token ? [[n, token.id]] : []))).toEqual([[7, '7']]);
  });

  it('asks once for what many ask for', async () => {
    const { lookup, asked, answer } = slowDatabase();
    void lookup.find('first');
    const twins = [lookup.find('twin'), lookup.find('twin')];
    await answer([]);
    await answer([{ id: '1', token_hash: 'twin' }]);
    expect(asked).toEqual([['first'], ['twin']]);
    expect((await Promise.all(twins)).map((token) => token?.id)).toEqual(['1', '1']);
  });

  it('answers nobody from a statement that began before it was asked', async () => {
    const { lookup, asked, answer } = slowDatabase();
    const before = lookup.find('revoked');
    const after = lookup.find('revoked');
    await answer([{ id: '1', token_hash: 'revoked' }]);
    await answer([]);
    expect(asked).toHaveLength(2);
    expect([(await before)?.id, await after]).toEqual(['1', null]);
  });

  it('tells those who waited when the database fails, and goes on', async () => {
    const { lookup, answer } = slowDatabase();
    const failed = lookup.find('one').catch((error: Error) => error.message);
    await answer(new Error('gone'));
    expect(await failed).toBe('gone');
    const next = lookup.find('two');
    await answer([{ id: '2', token_hash: 'two' }]);
    expect((await next)?.id).toBe('2');
  });
});

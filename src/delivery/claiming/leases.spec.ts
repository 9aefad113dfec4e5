import { Logger } from '@nestjs/common';
import { ManualClock } from '../../../test/support/manual-clock.js';
import type { Claim } from '../model/claim.js';
import { LeaseKeeper } from './leases.js';

const LEASE_MS = 30_000;

describe('LeaseKeeper', () => {
  const clock = new ManualClock();
  let held: Claim[];
  let renewed: string[][];
  /** Ends the renewal that runs, with an error where one is given. */
  let end: (error?: Error) => Promise<void>;
  let keeper: LeaseKeeper;

  const claim = (deliveryId: string, leftMs: number) =>
    ({ deliveryId, leaseUntil: clock.now() + leftMs }) as Claim;

  beforeEach(() => {
    held = [];
    renewed = [];
    const renew = (claims: Claim[], leaseMs: number) => {
      expect(leaseMs).toBe(LEASE_MS);
      renewed.push(claims.map(({ deliveryId }) => deliveryId));
      return new Promise<void>((resolve, reject) => {
        end = async (error) => {
          if (error) reject(error);
          else resolve();
          await new Promise(setImmediate);
        };
      });
    };
    keeper = new LeaseKeeper({ renew }, clock, LEASE_MS, () => held);
  });

  it('renews what is held, what ends soonest first, one renewal at a time', async () => {
    held = [claim('late', 9_000), claim('soon', 10), claim('later', 20_000)];
    void keeper.renew();
    void keeper.renew();
    expect(renewed).toEqual([['soon', 'late', 'later']]);
    await end();
    void keeper.renew();
    expect(renewed).toHaveLength(2);
    await end();
  });

  it('asks for nothing where nothing is held', async () => {
    await keeper.renew();
    expect(renewed).toEqual([]);
  });

  it('leaves claims alone that arrive with most of their lease', () => {
    held = [claim('fresh', LEASE_MS), claim('nearly', 20_000)];
    keeper.renewIfShort(held);
    expect(renewed).toEqual([]);
  });

  it('renews at once what took a third of its lease to be made', async () => {
    held = [claim('fresh', LEASE_MS), claim('slow', 19_999)];
    keeper.renewIfShort(held);
    expect(renewed).toEqual([['slow', 'fresh']]);
    await end();
    expect(renewed).toHaveLength(1);
  });

  it('renews once more for what arrives while it renews', async () => {
    held = [claim('first', 1)];
    void keeper.renew();
    held = [claim('second', 2)];
    keeper.renewIfShort(held);
    expect(renewed).toEqual([['first']]);
    await end();
    expect(renewed).toEqual([['first'], ['second']]);
    await end();
    expect(renewed).toHaveLength(2);
  });

  it('says when it could not, and goes on', async () => {
    const said: unknown[] = [];
    Logger.overrideLogger({ log: () => {}, error: () => {}, warn: (message: unknown) => said.push(message) });
    try {
      held = [claim('one', 1)];
      void keeper.renew();
      await end(new Error('gone'));
      expect(said).toEqual(['Leases could not be renewed now: gone']);
      void keeper.renew();
      expect(renewed).toHaveLength(2);
      await end();
    } finally {
      Logger.overrideLogger(false);
    }
  });
});

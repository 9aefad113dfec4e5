import { Injectable, Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { writeWhere } from '../../database/conditional-write.js';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { InjectDatabase } from '../../host/tokens.js';
import type { Claim } from '../model/claim.js';
import { DeliveryEntity, RedeliveryEntity } from '../model/delivery-entities.js';
import { release } from '../model/delivery-transitions.js';
import {
  type ConcurrencySlot,
  freeConcurrencySlots,
  heldConcurrencySlots,
  keepConcurrencySlots,
} from './concurrency-slots.js';

/** Ids of one statement. */
const ROWS_PER_READING = 500;

/** Renews and releases the leases of claims. */
@Injectable()
export class Leases {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Extends leases to `leaseMs` from now. A claim whose lease was lost, or whose delivery ended, keeps its old end. */
  async renew(claims: Claim[], leaseMs: number): Promise<void> {
    const until = this.clock.now() + leaseMs;
    for (const group of groupClaims(claims)) {
      const affected = await this.update(group, 'due_at = ?', [until]);
      // Some of a group end while it is renewed: the others are still held, so they are read.
      const renewed = affected === group.claims.length ? null : await this.readRenewed(group, until);
      for (const { claim, id } of group.claims) {
        if (renewed === null || renewed.has(id)) claim.leaseUntil = until;
      }
    }
    await this.writeSlots(claims, (manager, held) => keepConcurrencySlots(manager, held, until));
  }

  /**
   * Releases claims whose attempt was not made: they are due again at once and nothing is counted. A claim whose lease
   * ran out and was taken over stays with its new holder and is not counted either: it killed no worker.
   *
   * @param redeliveriesDueAt when a person's redeliveries are due again, epoch milliseconds; default: now
   */
  async release(claims: Claim[], redeliveriesDueAt?: number): Promise<void> {
    const now = this.clock.now();
    for (const group of groupClaims(claims)) {
      const { entity, ids, token } = group;
      if (entity === RedeliveryEntity) {
        const freed = await this.update(group, 'lease_token = NULL, due_at = ?', [redeliveriesDueAt ?? now]);
        if (freed === group.claims.length) await this.giveNumbersBack(group);
        continue;
      }
      const affected = await inReadCommitted(this.dataSource, (manager) => release(manager, ids, token, now));
      if (affected < group.claims.length) await this.uncountTakenOver(group);
    }
    await this.writeSlots(claims, freeConcurrencySlots);
  }

  /**
   * Finds the claims of the schedule whose lease is not held any more: a person cancelled the delivery, it ended in
   * another way, or another worker claimed it.
   */
  async findLost(claims: readonly Claim[]): Promise<ReadonlySet<Claim>> {
    const scheduled = claims.filter(({ redeliveryId }) => redeliveryId === null);
    const tokens = new Map<string, string | null>();
    for (let from = 0; from < scheduled.length; from += ROWS_PER_READING) {
      const ids = scheduled.slice(from, from + ROWS_PER_READING).map(({ deliveryId }) => deliveryId);
      const rows = await this.dataSource.query<{ id: string; lease_token: string | null }[]>(
        `SELECT id, lease_token FROM ${tableOf(this.dataSource, DeliveryEntity)}${byPrimaryKey(dialectOf(this.dataSource))}
         WHERE id IN (${placeholders(ids.length)})`,
        ids,
      );
      for (const { id, lease_token } of rows) tokens.set(id, lease_token);
    }
    return new Set(scheduled.filter(({ deliveryId, leaseToken }) => tokens.get(deliveryId) !== leaseToken));
  }

  private async writeSlots(
    claims: Claim[],
    write: (manager: EntityManager, held: ConcurrencySlot[]) => Promise<void>,
  ): Promise<void> {
    const held = heldConcurrencySlots(claims);
    if (held.length > 0) await inReadCommitted(this.dataSource, (manager) => write(manager, held));
  }

  /** Gives back the attempt numbers of redeliveries, unless a later attempt of the delivery has taken the next one. */
  private async giveNumbersBack({ claims }: LeaseGroup): Promise<void> {
    const numbers = claims.map(({ claim }) => [claim.deliveryId, claim.number] as const);
    await inReadCommitted(this.dataSource, async (manager) => {
      for (const [deliveryId, number] of numbers.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        await manager.query(
          `UPDATE ${tableOf(manager, DeliveryEntity)} SET attempts_begun = attempts_begun - 1
           WHERE id = ? AND attempts_begun = ?`,
          [deliveryId, number],
        );
      }
    });
  }

  /** Takes one claim off the count, whoever holds the delivery now; its state and its lease are not written. */
  private async uncountTakenOver({ token, ids }: LeaseGroup): Promise<void> {
    await inReadCommitted(this.dataSource, (manager) =>
      manager.query(
        `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))} SET claim_count = claim_count - 1
         WHERE id IN (${placeholders(ids.length)}) AND lease_token <> ? AND claim_count > 1`,
        [...ids, token],
      ),
    );
  }

  /** Reads which of a group were just renewed. */
  private async readRenewed({ entity, token, ids }: LeaseGroup, until: number): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(this.dataSource, entity)}${byPrimaryKey(dialectOf(this.dataSource))}
       WHERE id IN (${placeholders(ids.length)}) AND lease_token = ? AND due_at = ?`,
      [...ids, token, until],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async update({ entity, token, ids }: LeaseGroup, set: string, values: unknown[]): Promise<number> {
    return inReadCommitted(this.dataSource, (manager) =>
      writeWhere(
        manager,
        `UPDATE ${tableOf(manager, entity)}${byPrimaryKey(dialectOf(manager))} SET ${set} WHERE id IN (${placeholders(ids.length)}) AND lease_token = ?`,
        [...values, ...ids, token],
      ),
    );
  }
}

/** A claim that arrives with less of its lease than this share is renewed at once. */
const ENOUGH_LEFT = 2 / 3;

/** Renews the leases of everything that a worker holds, one renewal at a time. */
export class LeaseKeeper {
  private readonly logger = new Logger('Delivery');
  private renewing: Promise<void> | null = null;
  private isRenewalDue = false;

  /** @param held what the worker holds now: queued, in flight, or answered and not recorded yet */
  constructor(
    private readonly leases: Pick<Leases, 'renew'>,
    private readonly clock: Clock,
    private readonly leaseMs: number,
    private readonly held: () => Claim[],
  ) {}

  /** Renews all leases, those that end soonest first. A failure is logged: the next renewal tries again. */
  async renew(): Promise<void> {
    this.renewing ??= this.run();
    await this.renewing;
  }

  /**
   * Renews at once when a claim arrives with little of its lease left. A lease begins when its claim begins, and a slow
   * database may take most of it to commit: the next renewal by the timer could come too late.
   */
  renewIfShort(claims: readonly Claim[]): void {
    const enough = this.clock.now() + this.leaseMs * ENOUGH_LEFT;
    if (claims.every(({ leaseUntil }) => leaseUntil >= enough)) return;
    this.isRenewalDue = true;
    void this.renew();
  }

  private async run(): Promise<void> {
    do {
      this.isRenewalDue = false;
      await this.renewOnce();
    } while (this.isRenewalDue);
    this.renewing = null;
  }

  private async renewOnce(): Promise<void> {
    const held = this.held().toSorted((a, b) => a.leaseUntil - b.leaseUntil);
    if (held.length === 0) return;
    try {
      await this.leases.renew(held, this.leaseMs);
    } catch (error) {
      this.logger.warn(`Leases could not be renewed now: ${(error as Error).message}`);
    }
  }
}

/** Claims that were made together, under one token. */
interface LeaseGroup {
  entity: typeof DeliveryEntity | typeof RedeliveryEntity;
  token: string;
  ids: string[];
  claims: { claim: Claim; id: string }[];
}

function groupClaims(claims: Claim[]): LeaseGroup[] {
  const scheduled = claims.filter(({ redeliveryId }) => redeliveryId === null);
  const manual = claims.filter(({ redeliveryId }) => redeliveryId !== null);
  const group = (some: Claim[], entity: LeaseGroup['entity'], idOf: (claim: Claim) => string) =>
    [...groupByToken(some, idOf)].map(([token, ids]): LeaseGroup => ({
      entity,
      token,
      ids,
      claims: some.filter((one) => one.leaseToken === token).map((claim) => ({ claim, id: idOf(claim) })),
    }));
  return [
    ...group(scheduled, DeliveryEntity, ({ deliveryId }) => deliveryId),
    ...group(manual, RedeliveryEntity, ({ redeliveryId }) => redeliveryId ?? ''),
  ];
}

/** Groups ids, sorted, by the fencing token of their claim. */
export function groupByToken<C extends { leaseToken: string }>(
  claims: C[],
  idOf: (claim: C) => string,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const claim of claims) {
    const group = groups.get(claim.leaseToken);
    if (group) group.push(idOf(claim));
    else groups.set(claim.leaseToken, [idOf(claim)]);
  }
  for (const ids of groups.values()) ids.sort();
  return groups;
}

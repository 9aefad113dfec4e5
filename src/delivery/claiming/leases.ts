import { Injectable } from '@nestjs/common';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { byPrimaryKey, dialectOf, placeholders, tableOf } from '../../database/dialect.js';
import { inReadCommitted } from '../../database/transactions.js';
import { Clock } from '../../host/clock.js';
import { DeliveryEntity, RedeliveryEntity } from '../model/delivery-entities.js';
import {
  freeConcurrencySlots,
  type ConcurrencySlot,
  heldConcurrencySlots,
  keepConcurrencySlots,
} from './concurrency-slots.js';
import type { Claim } from '../model/claim.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Keeps what this worker holds, and gives it back. */
@Injectable()
export class Leases {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Lets leases run anew from now. A claim that was lost, or ended, meanwhile keeps its old end. */
  async renew(claims: Claim[], leaseMs: number): Promise<void> {
    const until = this.clock.now() + leaseMs;
    for (const group of groupsOf(claims)) {
      const affected = await this.update(group, 'due_at = ?', [until]);
      // Some of a group end while it is renewed, and the others must not be taken for lost with them.
      const renewed = affected === group.claims.length ? null : await this.heldAt(group, until);
      for (const { claim, id } of group.claims) {
        if (renewed === null || renewed.has(id)) claim.leaseUntil = until;
      }
    }
    await this.withSlots(claims, (manager, held) =>
      keepConcurrencySlots(
        manager,
        held.map(({ deliveryId }) => deliveryId),
        until,
      ),
    );
  }

  /**
   * Gives claims back whose attempt was not made: they are due again at once and nothing is counted. One that ran out
   * and was taken over stays with its new holder and is not counted either: its delivery has killed nobody.
   */
  async handBack(claims: Claim[]): Promise<void> {
    for (const group of groupsOf(claims)) {
      const isCounted = group.entity === DeliveryEntity;
      const affected = await this.update(group, `lease_token = NULL, due_at = ?${isCounted ? UNCOUNT : ''}`, [
        this.clock.now(),
      ]);
      if (isCounted && affected < group.claims.length) await this.uncountTakenOver(group);
    }
    await this.withSlots(claims, freeConcurrencySlots);
  }

  private async withSlots(
    claims: Claim[],
    write: (manager: EntityManager, held: ConcurrencySlot[]) => Promise<void>,
  ): Promise<void> {
    const held = heldConcurrencySlots(claims);
    if (held.length > 0) await inReadCommitted(this.dataSource, (manager) => write(manager, held));
  }

  /** A number that is taken back whoever holds the delivery now: of its state and its lease nothing is written. */
  private async uncountTakenOver({ token, ids }: LeaseGroup): Promise<void> {
    await inReadCommitted(this.dataSource, (manager) =>
      manager.query(
        `UPDATE ${tableOf(manager, DeliveryEntity)}${byPrimaryKey(dialectOf(manager))} SET claim_count = claim_count - 1
         WHERE id IN (${placeholders(ids.length)}) AND lease_token <> ? AND claim_count > 1`,
        [...ids, token],
      ),
    );
  }

  /** Which of a group were just renewed. */
  private async heldAt({ entity, token, ids }: LeaseGroup, until: number): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT id FROM ${tableOf(this.dataSource, entity)}${byPrimaryKey(dialectOf(this.dataSource))}
       WHERE id IN (${placeholders(ids.length)}) AND lease_token = ? AND due_at = ?`,
      [...ids, token, until],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async update({ entity, token, ids }: LeaseGroup, set: string, values: unknown[]): Promise<number> {
    return inReadCommitted(this.dataSource, async (manager) => {
      const { affected } = await queryRunnerOf(manager).query(
        `UPDATE ${tableOf(manager, entity)}${byPrimaryKey(dialectOf(manager))} SET ${set} WHERE id IN (${placeholders(ids.length)}) AND lease_token = ?`,
        [...values, ...ids, token],
        true,
      );
      return affected ?? 0;
    });
  }
}

const UNCOUNT = ', claim_count = claim_count - 1, attempts_begun = attempts_begun - 1';

/** Claims that were made together. */
interface LeaseGroup {
  entity: typeof DeliveryEntity | typeof RedeliveryEntity;
  token: string;
  ids: string[];
  claims: { claim: Claim; id: string }[];
}

function groupsOf(claims: Claim[]): LeaseGroup[] {
  const ofSchedule = claims.filter(({ redeliveryId }) => redeliveryId === null);
  const byHand = claims.filter(({ redeliveryId }) => redeliveryId !== null);
  const group = (some: Claim[], entity: LeaseGroup['entity'], idOf: (claim: Claim) => string) =>
    [...byToken(some, idOf)].map(([token, ids]): LeaseGroup => ({
      entity,
      token,
      ids,
      claims: some.filter((one) => one.leaseToken === token).map((claim) => ({ claim, id: idOf(claim) })),
    }));
  return [
    ...group(ofSchedule, DeliveryEntity, ({ deliveryId }) => deliveryId),
    ...group(byHand, RedeliveryEntity, ({ redeliveryId }) => redeliveryId ?? ''),
  ];
}

function queryRunnerOf(manager: EntityManager): QueryRunner {
  if (!manager.queryRunner) throw new Error('A lease can only be written in a transaction.');
  return manager.queryRunner;
}

/** Ids sorted, by the token of their claim. */
export function byToken<C extends { leaseToken: string }>(
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

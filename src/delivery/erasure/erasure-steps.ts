import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { forceIndex, placeholders, tableOf } from '../../database/dialect.js';
import { Clock } from '../../host/clock.js';
import { firstIdAt } from '../../host/time-ordered-ids.js';
import { DeliveryEntity } from '../model/delivery-entities.js';
import type { DeliveryRef } from '../model/delivery-hooks.js';
import { type ErasureEntity, type ErasurePhase, FORGOTTEN } from '../model/erasure.entity.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { ARCHIVED_OBJECTS, type ArchivedObjects } from './archived-objects.js';
import { eraseEvents, redactAttempts } from './erase-events.js';
import { attemptContains, findDeliveriesContaining, findEvents, type FoundEvent } from './find-events.js';
import { forgetKeys } from './forget-keys.js';

/** The most deliveries of the events that one step erases, unless one event alone has more. */
const DELIVERIES_PER_STEP = 1_000;

/** A transaction that was open for longer when an erasure began may still add an event that it does not find. */
const LONGEST_TRANSACTION_MS = 600_000;

/** An event that a process holds is looked at again after this time, milliseconds: its deliveries are written soon. */
const LOOK_AGAIN_MS = 250;

/** Archived objects that could not be rewritten are tried again after this time, milliseconds. */
const TRY_ARCHIVE_AGAIN_MS = 600_000;

/** What one step has changed. */
export interface StepResult {
  /** Of the erasure's row. */
  changes: Partial<ErasureEntity>;
  /** Pending deliveries that were ended. */
  ended: DeliveryRef[];
}

type Place = Pick<ErasureEntity, 'phase' | 'cursor'>;

/** The steps of an erasure. Each is bounded, and may be made again: what is erased is not found any more. */
@Injectable()
export class ErasureSteps {
  constructor(
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    @Inject(ARCHIVED_OBJECTS) private readonly archive: ArchivedObjects,
    private readonly steps: ClockSteps,
    private readonly clock: Clock,
  ) {}

  /** Makes the next step in the database. Not in the phase `archive`. */
  async run(manager: EntityManager, erasure: ErasureEntity): Promise<StepResult> {
    const { id, phase, cursor } = erasure;
    if (phase === 'settle') return { changes: this.settle(erasure), ended: [] };
    if (phase !== 'keys') return this.eraseSome(manager, erasure);
    const next = await forgetKeys(manager, id, cursor);
    return { changes: this.goOn(next === null ? begin('archive') : { phase, cursor: next }), ended: [] };
  }

  /** Makes the next step in the archive, outside of any transaction. */
  async runInArchive(erasure: ErasureEntity): Promise<Partial<ErasureEntity>> {
    const { id, criteria, createdAt, cursor, archived } = erasure;
    const step = await this.archive.eraseSome({ id, criteria, recordedUntil: createdAt }, cursor);
    // Those of a round before are held again, or rewritten by now.
    const before = cursor === '' ? [] : erasure.heldObjects;
    const heldObjects = [...new Set([...before, ...step.held])];
    const counted = { archived: archived + step.rewritten, heldObjects };
    if (step.next !== null) return { ...counted, ...this.goOn({ phase: 'archive', cursor: step.next }) };
    if (heldObjects.length === 0) return { ...counted, ...this.goOn(begin('settle')) };
    return { ...counted, cursor: '', dueAt: this.clock.now() + TRY_ARCHIVE_AGAIN_MS };
  }

  private async eraseSome(manager: EntityManager, erasure: ErasureEntity): Promise<StepResult> {
    const { id, criteria, phase, cursor, createdAt } = erasure;
    const now = this.clock.now();
    const range = { after: cursor, before: this.steps.idsBefore(createdAt + 1), until: createdAt };
    const scanned = await findEvents(manager, criteria, range, now);
    const events = await limitDeliveries(manager, scanned.found);
    const end = events.length < scanned.found.length ? (events.at(-1)?.id ?? null) : scanned.end;
    const free = events.flatMap((event) => (event.isHeld ? [] : [event.id]));
    const erased = await eraseEvents(manager, id, free, now);
    const attempts = await redactOthers(manager, criteria.contains, scanned.others);
    const firstHeld = events.findIndex(({ isHeld }) => isHeld);
    const next =
      firstHeld < 0
        ? this.goOn(end === null ? this.endPhase(phase, createdAt) : { phase, cursor: end })
        : { phase, cursor: events[firstHeld - 1]?.id ?? cursor, dueAt: now + LOOK_AGAIN_MS };
    return {
      changes: {
        ...next,
        events: erasure.events + erased.events,
        deliveries: erasure.deliveries + erased.ended.length,
        attempts: erasure.attempts + erased.attempts + attempts,
        ...(erased.mayBeHeld ? { settledAt: now + this.options.leaseMs } : {}),
      },
      ended: erased.ended,
    };
  }

  private endPhase(phase: ErasurePhase, createdAt: number): Place {
    if (phase !== 'events') return begin('keys');
    return { phase: 'recent', cursor: firstIdAt(createdAt - LONGEST_TRANSACTION_MS) };
  }

  private goOn(place: Place): Partial<ErasureEntity> {
    return { ...place, dueAt: this.clock.now() };
  }

  /** Waits until no worker may send what it holds: a lease that was lost cannot be renewed. */
  private settle({ settledAt, criteria }: ErasureEntity): Partial<ErasureEntity> {
    const now = this.clock.now();
    if (now < settledAt) return { dueAt: settledAt };
    const { key, contains, ...others } = criteria;
    const kept = {
      ...(key === undefined ? {} : { key: FORGOTTEN }),
      ...others,
      ...(contains === undefined ? {} : { contains: FORGOTTEN }),
    };
    return { state: 'finished', criteria: kept, dueAt: null, finishedAt: now };
  }
}

function begin(phase: ErasurePhase): Place {
  return { phase, cursor: '' };
}

/** The first events, so many that their deliveries fit into one transaction. */
async function limitDeliveries(manager: EntityManager, events: FoundEvent[]): Promise<FoundEvent[]> {
  if (events.length === 0) return events;
  const rows = await manager.query<{ event_id: string; deliveries: string | number }[]>(
    `SELECT event_id, COUNT(*) AS deliveries
     FROM ${tableOf(manager, DeliveryEntity)}${forceIndex(manager, DeliveryEntity, 'once')}
     WHERE event_id IN (${placeholders(events.length)}) GROUP BY event_id`,
    events.map(({ id }) => id),
  );
  const counts = new Map(rows.map(({ event_id, deliveries }) => [event_id, Number(deliveries)]));
  let sum = 0;
  const past = events.findIndex(({ id }) => (sum += counts.get(id) ?? 0) > DELIVERIES_PER_STEP);
  return past < 0 ? events : events.slice(0, Math.max(1, past));
}

/** Removes what receivers answered with the text to events that do not have it. */
async function redactOthers(
  manager: EntityManager,
  contains: string | undefined,
  eventIds: readonly string[],
): Promise<number> {
  if (contains === undefined) return 0;
  const ids = await findDeliveriesContaining(manager, eventIds, contains);
  return redactAttempts(manager, ids, attemptContains(contains));
}

import type { EntityManager } from 'typeorm';
import { tableOf } from '../../database/dialect.js';
import { DeliveryEntity, WebhookEventEntity } from '../model/delivery-entities.js';

/** How many index entries one part of a scan counts. */
const COUNTED_AT_A_TIME = 50_000;

/** Before every due time, the negative ones of postponed events too. */
const BEGINNING = Number.MIN_SAFE_INTEGER;

/** Some rows that wait. */
export interface Waiting {
  count: number;
  /** The first and the last due time, epoch milliseconds. */
  earliest: number;
  latest: number;
}

/** The pending deliveries by webhook, and the events that wait for their fan-out. */
export interface WaitingWork {
  byLane: readonly (Waiting & { lane: string })[];
  events: Waiting;
}

type Row = Record<'count' | 'earliest' | 'latest', string | number | null>;
type Part = Waiting & { isLast: boolean };

/** Rows in the order of their due times: a table, the column of the times, and which rows. */
interface Line {
  from: string;
  due: string;
  values: readonly string[];
}

/** A count that is under way. */
class Pass {
  events: Waiting = createWaiting();
  hasAllEvents = false;
  readonly byLane: (Waiting & { lane: string })[] = [];
  /** Whether the last of {@link byLane} has rows that are not counted yet. */
  isInLane = false;
}

/**
 * Counts what waits, through the two indexes of due work alone. One reading counts at most 50,000 entries and reads each
 * twice, whatever waits. What is more than that is counted in several readings: each goes on where the one before ended.
 */
export class BacklogScan {
  private pass = new Pass();
  private whole: WaitingWork | null = null;

  /** @param most the most entries of one reading; rows that are due in the same millisecond are not parted */
  constructor(private readonly most = COUNTED_AT_A_TIME) {}

  /** Whether everything was counted once. */
  get isComplete(): boolean {
    return this.whole !== null;
  }

  /**
   * Counts the next part.
   *
   * @returns all that waits where one part holds it; else what the last whole count found, or what the one under way has
   *   found where that is more already
   */
  async readOn(manager: EntityManager): Promise<WaitingWork> {
    const { pass } = this;
    // Where a reading fails, everything is counted anew: the part may be half added.
    this.pass = new Pass();
    const isDone = await this.countPart(manager, pass);
    if (isDone) this.whole = pass;
    else this.pass = pass;
    return this.whole !== null && sumWaiting(this.whole) >= sumWaiting(pass) ? this.whole : pass;
  }

  /** @returns whether the pass has come to its end */
  private async countPart(manager: EntityManager, pass: Pass): Promise<boolean> {
    let left = this.most;
    if (!pass.hasAllEvents) {
      const part = await countLine(manager, lineOfEvents(manager), pass.events, left);
      add(pass.events, part);
      pass.hasAllEvents = part.isLast;
      left -= part.count;
    }
    const lane = pass.byLane.at(-1);
    if (pass.isInLane && lane && left > 0) {
      const part = await countLine(manager, lineOfLane(manager, lane.lane), lane, left);
      add(lane, part);
      pass.isInLane = !part.isLast;
      left -= part.count;
    }
    if (left <= 0 || !pass.hasAllEvents || pass.isInLane) return false;
    return this.countLanes(manager, pass, left);
  }

  /** Counts the lanes after the last one that was counted: whole ones, and the beginning of the one where the part ends. */
  private async countLanes(manager: EntityManager, pass: Pass, left: number): Promise<boolean> {
    const deliveries = tableOf(manager, DeliveryEntity);
    const after = pass.byLane.at(-1)?.lane ?? '';
    const [end] = await manager.query<{ lane: string; due_at: string | number }[]>(
      `SELECT lane, due_at FROM ${deliveries} WHERE lane > ? ORDER BY lane, due_at LIMIT 1 OFFSET ${left - 1}`,
      [after],
    );
    const rows = await manager.query<(Row & { lane: string })[]>(
      `SELECT lane, COUNT(*) AS count, MIN(due_at) AS earliest, MAX(due_at) AS latest FROM ${deliveries}
       WHERE lane > ?${end ? ' AND lane < ?' : ''} GROUP BY lane ORDER BY lane`,
      end ? [after, end.lane] : [after],
    );
    for (const row of rows) pass.byLane.push({ lane: row.lane, ...toWaiting(row) });
    if (!end) return true;
    const begun = { lane: end.lane, ...createWaiting() };
    add(begun, await countUntil(manager, lineOfLane(manager, end.lane), BEGINNING, Number(end.due_at)));
    pass.byLane.push(begun);
    pass.isInLane = true;
    return false;
  }
}

/** Sums up what a scan counted. An event that waits counts as one: how many deliveries it becomes is not known yet. */
export function sumWaiting({ byLane, events }: WaitingWork): number {
  return byLane.reduce((sum, { count }) => sum + count, events.count);
}

function lineOfEvents(manager: EntityManager): Line {
  return { from: `${tableOf(manager, WebhookEventEntity)} WHERE`, due: 'fan_out_due_at', values: [] };
}

function lineOfLane(manager: EntityManager, lane: string): Line {
  return { from: `${tableOf(manager, DeliveryEntity)} WHERE lane = ? AND`, due: 'due_at', values: [lane] };
}

/** Counts up to some rows of a line, after those that were counted. */
async function countLine(manager: EntityManager, line: Line, counted: Waiting, most: number): Promise<Part> {
  const after = counted.count === 0 ? BEGINNING : counted.latest;
  const { from, due, values } = line;
  const [end] = await manager.query<{ due: string | number }[]>(
    `SELECT ${due} AS due FROM ${from} ${due} > ? ORDER BY ${due} LIMIT 1 OFFSET ${most - 1}`,
    [...values, after],
  );
  const until = end ? Number(end.due) : Number.MAX_SAFE_INTEGER;
  return { ...(await countUntil(manager, line, after, until)), isLast: !end };
}

async function countUntil(
  manager: EntityManager,
  { from, due, values }: Line,
  after: number,
  until: number,
): Promise<Waiting> {
  const [row] = await manager.query<Row[]>(
    `SELECT COUNT(*) AS count, MIN(${due}) AS earliest, MAX(${due}) AS latest FROM ${from} ${due} > ? AND ${due} <= ?`,
    [...values, after, until],
  );
  return toWaiting(row);
}

function createWaiting(): Waiting {
  return { count: 0, earliest: 0, latest: 0 };
}

/** Adds a later part, in place. */
function add(sum: Waiting, { count, earliest, latest }: Waiting): void {
  if (count === 0) return;
  if (sum.count === 0) sum.earliest = earliest;
  sum.latest = latest;
  sum.count += count;
}

function toWaiting(row: Row | undefined): Waiting {
  return {
    count: Number(row?.count ?? 0),
    earliest: Number(row?.earliest ?? 0),
    latest: Number(row?.latest ?? 0),
  };
}

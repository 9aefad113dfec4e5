import type { EntityManager } from 'typeorm';
import { all, type DeliverySelection, matchOf } from '../model/delivery-selection.js';
import {
  ANYTHING,
  between,
  ofWebhook,
  type AccessPath,
  accessPathsFor,
  wholeHistory,
} from './access-paths.js';

/** How many rows of a way are looked at, one look after another, until a page is full. */
const ROWS_PER_LOOK: readonly number[] = [2_000, 20_000, 80_000];

/** How many rows one statement of a count looks at, and how many such statements there are on a way. */
const ROWS_PER_COUNT = 20_000;
const COUNTS_PER_WAY = 40;

/** Some of what is meant, newest first, and where to go on. */
export interface Newest {
  ids: string[];
  /** Everything down to this id was looked at; null: everything was. */
  next: string | null;
}

/**
 * The newest deliveries that a selection means. What it looks at is bounded, whatever the history: where few match, it
 * ends before `most` are found, and `next` says where to go on.
 *
 * @param most how many at the most
 */
export async function searchNewest(
  manager: EntityManager,
  selection: DeliverySelection,
  most: number,
): Promise<Newest> {
  const ways = await accessPathsFor(manager, selection);
  const found: string[] = [];
  let { before } = selection;
  for (const rows of ROWS_PER_LOOK) {
    const rest = { ...selection, before };
    const end = await scanBoundary(manager, ways, rest, rows);
    for (const id of await matchesDownTo(manager, ways, rest, end, most + 1 - found.length)) found.push(id);
    if (found.length > most) return { ids: found.slice(0, most), next: found[most - 1] ?? null };
    if (end === null) return { ids: found, next: null };
    before = end;
  }
  return { ids: found, next: before };
}

/** The newest deliveries of a webhook, or of all, where nothing else is asked for: one statement through one index. */
export async function allOf(
  manager: EntityManager,
  { webhookId, after, before }: DeliverySelection,
  most: number,
): Promise<Newest> {
  const way = webhookId === undefined ? wholeHistory(manager) : ofWebhook(manager, webhookId);
  const where = between(way, after, before);
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${way.from} WHERE ${where.sql} ORDER BY id DESC LIMIT ${most + 1}`,
    where.values,
  );
  const ids = rows.map(({ id }) => id);
  return { ids: ids.slice(0, most), next: ids.length > most ? (ids[most - 1] ?? null) : null };
}

/** How many deliveries a selection means, counted up to `most`; capped: there may be more. */
export async function countUpTo(
  manager: EntityManager,
  selection: DeliverySelection,
  most: number,
): Promise<{ matched: number; capped: boolean }> {
  let count = 0;
  let isCut = false;
  for (const way of await accessPathsFor(manager, selection)) {
    // Where all that lies on a way is meant, counting ends by itself.
    const isWhole = way.isShort || matchOf(selection).sql === ANYTHING.sql;
    let before: string | null = selection.before;
    for (let look = 0; before !== null && count <= most; look += 1) {
      isCut ||= look >= COUNTS_PER_WAY;
      if (look >= COUNTS_PER_WAY) break;
      const rest: DeliverySelection = { ...selection, before };
      const end: string | null = isWhole ? null : await endOn(manager, way, rest, ROWS_PER_COUNT);
      count += await countDownTo(manager, way, rest, end, most + 1);
      before = end;
    }
  }
  return { matched: Math.min(count, most), capped: isCut || count > most };
}

/** The id down to which every way can be looked at without more rows than so many each; null: to the end. */
async function scanBoundary(
  manager: EntityManager,
  ways: readonly AccessPath[],
  selection: DeliverySelection,
  rows: number,
): Promise<string | null> {
  let end: string | null = null;
  for (const way of ways) {
    const own = await endOn(manager, way, selection, rows);
    if (own !== null && (end === null || own > end)) end = own;
  }
  return end;
}

async function endOn(
  manager: EntityManager,
  way: AccessPath,
  { after, before }: DeliverySelection,
  rows: number,
): Promise<string | null> {
  if (way.isShort) return null;
  const where = between(way, after, before);
  const [last] = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${way.from} WHERE ${where.sql} ORDER BY id DESC LIMIT 1 OFFSET ${rows - 1}`,
    where.values,
  );
  return last?.id ?? null;
}

async function matchesDownTo(
  manager: EntityManager,
  ways: readonly AccessPath[],
  selection: DeliverySelection,
  end: string | null,
  most: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (const way of ways) {
    const where = meant(way, selection, end);
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM ${way.from} WHERE ${where.sql} ORDER BY id DESC LIMIT ${most}`,
      where.values,
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids.toSorted((a, b) => (a < b ? 1 : -1)).slice(0, most);
}

async function countDownTo(
  manager: EntityManager,
  way: AccessPath,
  selection: DeliverySelection,
  end: string | null,
  most: number,
): Promise<number> {
  const where = meant(way, selection, end);
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (SELECT id FROM ${way.from} WHERE ${where.sql} LIMIT ${most}) AS some`,
    where.values,
  );
  return Number(row?.count ?? 0);
}

function meant(way: AccessPath, selection: DeliverySelection, end: string | null) {
  const { after, before } = selection;
  const conditions = [between(way, after, before), matchOf(selection)];
  return all(end === null ? conditions : [...conditions, { sql: 'id >= ?', values: [end] }]);
}

import type { EntityManager } from 'typeorm';
import { all, type DeliverySelection, matchOf } from '../model/delivery-selection.js';
import {
  MATCH_ALL,
  buildRangeCondition,
  buildWebhookPath,
  type AccessPath,
  chooseAccessPaths,
  buildHistoryPath,
} from './access-paths.js';

/** How many rows of an access path each scan reads, one scan after another, until a page is full. */
const ROWS_PER_SCAN: readonly number[] = [2_000, 20_000, 80_000];

/** How many rows one statement of a count scans, and how many such statements an access path gets. */
const ROWS_PER_COUNT = 20_000;
const COUNTS_PER_PATH = 40;

/** One page of matches, newest first. */
export interface SearchResult {
  ids: string[];
  /** The cursor of the next page: every row down to this id was scanned; null: there are no more rows. */
  next: string | null;
}

/**
 * Finds the newest deliveries of a selection. It scans a bounded number of rows, however long the history is: where few
 * rows match, it returns fewer than `most` with a cursor in `next`.
 *
 * @param most the size of the page
 */
export async function searchNewest(
  manager: EntityManager,
  selection: DeliverySelection,
  most: number,
): Promise<SearchResult> {
  const paths = await chooseAccessPaths(manager, selection);
  const found: string[] = [];
  let { before } = selection;
  for (const rows of ROWS_PER_SCAN) {
    const rest = { ...selection, before };
    const end = await findScanBoundary(manager, paths, rest, rows);
    for (const id of await findMatches(manager, paths, rest, end, most + 1 - found.length)) found.push(id);
    if (found.length > most) return { ids: found.slice(0, most), next: found[most - 1] ?? null };
    if (end === null) return { ids: found, next: null };
    before = end;
  }
  return { ids: found, next: before };
}

/** Lists the newest deliveries, of a webhook or of all, for a selection without other conditions: one index scan. */
export async function listNewest(
  manager: EntityManager,
  { webhookId, after, before }: DeliverySelection,
  most: number,
): Promise<SearchResult> {
  const path = webhookId === undefined ? buildHistoryPath(manager) : buildWebhookPath(manager, webhookId);
  const where = buildRangeCondition(path, after, before);
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${path.from} WHERE ${where.sql} ORDER BY id DESC LIMIT ${most + 1}`,
    where.values,
  );
  const ids = rows.map(({ id }) => id);
  return { ids: ids.slice(0, most), next: ids.length > most ? (ids[most - 1] ?? null) : null };
}

/** Counts the deliveries of a selection, up to `most`. `capped`: there may be more. */
export async function countUpTo(
  manager: EntityManager,
  selection: DeliverySelection,
  most: number,
): Promise<{ matched: number; capped: boolean }> {
  let count = 0;
  let isCutShort = false;
  for (const path of await chooseAccessPaths(manager, selection)) {
    // A short path, or one whose every row matches, needs no slices: the LIMIT bounds the count.
    const isBounded = path.isShort || matchOf(selection).sql === MATCH_ALL.sql;
    let before: string | null = selection.before;
    for (let scan = 0; before !== null && count <= most; scan += 1) {
      isCutShort ||= scan >= COUNTS_PER_PATH;
      if (scan >= COUNTS_PER_PATH) break;
      const rest: DeliverySelection = { ...selection, before };
      const end: string | null = isBounded
        ? null
        : await findPathBoundary(manager, path, rest, ROWS_PER_COUNT);
      count += await countMatches(manager, path, rest, end, most + 1);
      before = end;
    }
  }
  return { matched: Math.min(count, most), capped: isCutShort || count > most };
}

/**
 * Finds the id down to which every access path can be scanned within a number of rows each.
 *
 * @returns null when that reaches the end of all of them
 */
async function findScanBoundary(
  manager: EntityManager,
  paths: readonly AccessPath[],
  selection: DeliverySelection,
  rows: number,
): Promise<string | null> {
  let end: string | null = null;
  for (const path of paths) {
    const own = await findPathBoundary(manager, path, selection, rows);
    if (own !== null && (end === null || own > end)) end = own;
  }
  return end;
}

async function findPathBoundary(
  manager: EntityManager,
  path: AccessPath,
  { after, before }: DeliverySelection,
  rows: number,
): Promise<string | null> {
  if (path.isShort) return null;
  const where = buildRangeCondition(path, after, before);
  const [last] = await manager.query<{ id: string }[]>(
    `SELECT id FROM ${path.from} WHERE ${where.sql} ORDER BY id DESC LIMIT 1 OFFSET ${rows - 1}`,
    where.values,
  );
  return last?.id ?? null;
}

async function findMatches(
  manager: EntityManager,
  paths: readonly AccessPath[],
  selection: DeliverySelection,
  end: string | null,
  most: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (const path of paths) {
    const where = buildWhere(path, selection, end);
    const rows = await manager.query<{ id: string }[]>(
      `SELECT id FROM ${path.from} WHERE ${where.sql} ORDER BY id DESC LIMIT ${most}`,
      where.values,
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids.toSorted((a, b) => (a < b ? 1 : -1)).slice(0, most);
}

async function countMatches(
  manager: EntityManager,
  path: AccessPath,
  selection: DeliverySelection,
  end: string | null,
  most: number,
): Promise<number> {
  const where = buildWhere(path, selection, end);
  const [row] = await manager.query<{ count: string | number }[]>(
    `SELECT COUNT(*) AS count FROM (SELECT id FROM ${path.from} WHERE ${where.sql} LIMIT ${most}) AS some`,
    where.values,
  );
  return Number(row?.count ?? 0);
}

function buildWhere(path: AccessPath, selection: DeliverySelection, end: string | null) {
  const { after, before } = selection;
  const conditions = [buildRangeCondition(path, after, before), matchOf(selection)];
  return all(end === null ? conditions : [...conditions, { sql: 'id >= ?', values: [end] }]);
}

import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { ofType, required } from '../../http/checks.js';
import type { ContentType } from '../content-type.js';
import { isId } from '../entry-id.js';
import { checkEntry, checkedValues, checkingOf, dataOf } from './check-entry.js';
import type { EntryData } from './entry-data.js';

/** So many entries, and no more, are changed at once. */
export const MOST_AT_ONCE = 1_000;

/** An entry that is to be made. */
export interface BulkCreation {
  data: EntryData;
  /** Where it stands in the request. */
  path: string[];
}

/** An entry that is to be deleted. */
export interface BulkDeletion {
  id: number;
  /** Where its id stands in the request. */
  idPath: string[];
}

/** An entry that is to be changed. */
export type BulkChange = BulkCreation & BulkDeletion;

/**
 * Checks `{data: [{…}]}`.
 *
 * @throws {RequestValidationError} with everything that is wrong: `data.3.city`
 */
export function bulkCreation(type: ContentType, body: unknown): BulkCreation[] {
  const issues: ValidationIssue[] = [];
  const items = objectsIn(listIn(dataOf(body, 'array'), 'data'), issues);
  const creations = items.map(({ value, path }) => {
    const found: ValidationIssue[] = [];
    const data = checkedValues(type.attributes, value, [], checkingOf(type, 'whole', found));
    issues.push(...found.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
    return { data, path };
  });
  return orRefused(creations, issues);
}

/**
 * Checks `{ids, data: {…}}`, one change of many entries, or `{data: [{id, …}]}`, a change for each.
 *
 * @throws {RequestValidationError} with everything that is wrong
 */
export function bulkChanges(type: ContentType, body: unknown): BulkChange[] {
  if (ofType('object')(body, 'body') === null && Object.hasOwn(body as object, 'ids')) {
    const { ids, ...rest } = body as Record<string, unknown>;
    const data = checkEntry(type, rest, 'partial');
    return idsIn(ids).map((one) => ({ ...one, data, path: ['data'] }));
  }
  const issues: ValidationIssue[] = [];
  const changes = objectsIn(listIn(dataOf(body, 'array'), 'data'), issues).flatMap(({ value, path }) => {
    const { id } = value;
    const idPath = [...path, 'id'];
    if (!isId(id)) {
      const message = required(id, 'id') ?? 'id must be an id (a whole number)';
      issues.push({ path: idPath, message, name: 'ValidationError', value: id });
      return [];
    }
    const found: ValidationIssue[] = [];
    const data = checkedValues(type.attributes, value, [], checkingOf(type, 'partial', found), ['id']);
    issues.push(...found.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
    return [{ id, idPath, data, path }];
  });
  refuseTwice(changes, issues);
  return orRefused(changes, issues);
}

/**
 * Checks `{ids: […]}`.
 *
 * @throws {RequestValidationError} with everything that is wrong
 */
export function bulkDeletion(body: unknown): BulkDeletion[] {
  const { ids, ...others } = (ofType('object')(body, 'body') === null ? body : {}) as Record<string, unknown>;
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    throw RequestValidationError.at([], `this field has unspecified keys: ${unknown.join(', ')}`);
  }
  return idsIn(ids);
}

function idsIn(ids: unknown): BulkDeletion[] {
  const list = listIn(ids, 'ids');
  const issues: ValidationIssue[] = [];
  const found = list.flatMap((id, index) => {
    const idPath = ['ids', String(index)];
    if (isId(id)) return [{ id, idPath }];
    const message = `ids[${index}] must be an id (a whole number)`;
    issues.push({ path: idPath, message, name: 'ValidationError', value: id });
    return [];
  });
  refuseTwice(found, issues);
  return orRefused(found, issues);
}

function listIn(value: unknown, property: string): unknown[] {
  const wrong = required(value, property) ?? ofType('array')(value, property);
  if (wrong !== null) throw RequestValidationError.at([property], wrong, value);
  const list = value as unknown[];
  if (list.length >= 1 && list.length <= MOST_AT_ONCE) return list;
  const message = `${property} must have 1 to ${MOST_AT_ONCE} items, not ${list.length}`;
  throw RequestValidationError.at([property], message);
}

function objectsIn(list: readonly unknown[], issues: ValidationIssue[]) {
  return list.flatMap((value, index) => {
    const path = ['data', String(index)];
    const message = ofType('object')(value, `data[${index}]`);
    if (message === null) return [{ value: value as Record<string, unknown>, path }];
    issues.push({ path, message, name: 'ValidationError', value });
    return [];
  });
}

function refuseTwice(items: readonly BulkDeletion[], issues: ValidationIssue[]): void {
  const seen = new Set<number>();
  for (const { id, idPath } of items) {
    if (seen.has(id)) {
      issues.push({
        path: idPath,
        message: `the id ${id} is named twice`,
        name: 'ValidationError',
        value: id,
      });
    }
    seen.add(id);
  }
}

function orRefused<T>(found: T, issues: ValidationIssue[]): T {
  if (issues.length > 0) throw new RequestValidationError(issues);
  return found;
}

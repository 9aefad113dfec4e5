import { ofType, required } from '../../http/checks.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import type { ContentType } from '../content-type.js';
import { isId } from '../entry-id.js';
import { checkEntry, checkValues, createCheckContext, readData } from './check-entry.js';
import type { EntryData } from './entry-data.js';

/** The greatest number of entries in a bulk request. */
export const MOST_AT_ONCE = 1_000;

/** An entry to create. */
export interface BulkCreation {
  data: EntryData;
  /** The path of the data in the request. */
  path: string[];
}

/** An entry to delete. */
export interface BulkDeletion {
  id: number;
  /** The path of the id in the request. */
  idPath: string[];
}

/** An entry to update. */
export type BulkChange = BulkCreation & BulkDeletion;

/**
 * Validates the body of a bulk creation, `{data: [{…}]}`.
 *
 * @throws {RequestValidationError} with all problems; their paths are such as `data.3.city`
 */
export function checkBulkCreation(type: ContentType, body: unknown): BulkCreation[] {
  const issues: ValidationIssue[] = [];
  const items = collectObjects(requireList(readData(body, 'array'), 'data'), issues);
  const creations = items.map(({ value, path }) => {
    const found: ValidationIssue[] = [];
    const data = checkValues(type.attributes, value, [], createCheckContext(type, 'whole', found));
    issues.push(...found.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
    return { data, path };
  });
  throwIfAny(issues);
  return creations;
}

/**
 * Validates the body of a bulk update: `{ids, data: {…}}`, one change of many entries, or `{data: [{id, …}]}`, a change
 * for each.
 *
 * @throws {RequestValidationError} with all problems
 */
export function checkBulkChanges(type: ContentType, body: unknown): BulkChange[] {
  if (ofType('object')(body, 'body') === null && Object.hasOwn(body as object, 'ids')) {
    const { ids, ...rest } = body as Record<string, unknown>;
    const data = checkEntry(type, rest, 'partial');
    return parseIds(ids).map((one) => ({ ...one, data, path: ['data'] }));
  }
  const issues: ValidationIssue[] = [];
  const changes = collectObjects(requireList(readData(body, 'array'), 'data'), issues).flatMap(
    ({ value, path }) => {
      const { id } = value;
      const idPath = [...path, 'id'];
      if (!isId(id)) {
        const message = required(id, 'id') ?? 'id must be an id (a whole number)';
        issues.push({ path: idPath, message, name: 'ValidationError', value: id });
        return [];
      }
      const found: ValidationIssue[] = [];
      const data = checkValues(type.attributes, value, [], createCheckContext(type, 'partial', found), [
        'id',
      ]);
      issues.push(...found.map((issue) => ({ ...issue, path: [...path, ...issue.path] })));
      return [{ id, idPath, data, path }];
    },
  );
  refuseDuplicateIds(changes, issues);
  throwIfAny(issues);
  return changes;
}

/**
 * Validates the body of a bulk deletion, `{ids: […]}`.
 *
 * @throws {RequestValidationError} with all problems
 */
export function checkBulkDeletion(body: unknown): BulkDeletion[] {
  const { ids, ...others } = (ofType('object')(body, 'body') === null ? body : {}) as Record<string, unknown>;
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    throw RequestValidationError.at([], `this field has unspecified keys: ${unknown.join(', ')}`);
  }
  return parseIds(ids);
}

function parseIds(ids: unknown): BulkDeletion[] {
  const list = requireList(ids, 'ids');
  const issues: ValidationIssue[] = [];
  const found = list.flatMap((id, index) => {
    const idPath = ['ids', String(index)];
    if (isId(id)) return [{ id, idPath }];
    const message = `ids[${index}] must be an id (a whole number)`;
    issues.push({ path: idPath, message, name: 'ValidationError', value: id });
    return [];
  });
  refuseDuplicateIds(found, issues);
  throwIfAny(issues);
  return found;
}

function requireList(value: unknown, property: string): unknown[] {
  const wrong = required(value, property) ?? ofType('array')(value, property);
  if (wrong !== null) throw RequestValidationError.at([property], wrong, value);
  const list = value as unknown[];
  if (list.length >= 1 && list.length <= MOST_AT_ONCE) return list;
  const message = `${property} must have 1 to ${MOST_AT_ONCE} items, not ${list.length}`;
  throw RequestValidationError.at([property], message);
}

function collectObjects(list: readonly unknown[], issues: ValidationIssue[]) {
  return list.flatMap((value, index) => {
    const path = ['data', String(index)];
    const message = ofType('object')(value, `data[${index}]`);
    if (message === null) return [{ value: value as Record<string, unknown>, path }];
    issues.push({ path, message, name: 'ValidationError', value });
    return [];
  });
}

function refuseDuplicateIds(items: readonly BulkDeletion[], issues: ValidationIssue[]): void {
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

function throwIfAny(issues: ValidationIssue[]): void {
  if (issues.length > 0) throw new RequestValidationError(issues);
}

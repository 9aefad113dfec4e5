import { type EntityManager, Not } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { type ContentType, isScalar, type EntryStatus } from '../content-type.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import { matchTenant } from '../tables/find-entry.js';

/** A write to a version of an entry. */
export interface WrittenEntry {
  type: ContentType;
  status: EntryStatus;
  /** The entry's id; null: a new entry. */
  id: number | null;
  tenant: string | null;
  /** The stored values by attribute. */
  values: Readonly<Record<string, unknown>>;
}

/**
 * Runs a write and converts the violation of a unique index to validation issues.
 *
 * @throws {RequestValidationError} with each attribute whose value is taken
 */
export async function reportUniqueViolations<T>(
  manager: EntityManager,
  written: WrittenEntry,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    // A single type has one entry per tenant, so the violated index is the one of the tenant: the caller retries.
    if (!isDuplicateKey(error) || written.type.kind === 'singleType') throw error;
    const issues = await findUniqueViolations(manager, written);
    throw issues.length > 0 ? new RequestValidationError(issues) : error;
  }
}

/**
 * Finds the attributes whose values are taken, after the unique index has refused the write. A query before the write
 * would cost every request a statement and would miss concurrent requests.
 */
async function findUniqueViolations(
  manager: EntityManager,
  { type, status, id, tenant, values }: WrittenEntry,
): Promise<ValidationIssue[]> {
  const issues: ValidationIssue[] = [];
  for (const { name, unique } of type.attributes.filter(isScalar)) {
    const value = values[name] ?? null;
    if (!unique || value === null) continue;
    const others = id === null ? {} : { id: Not(id) };
    const where = { ...others, ...matchTenant(tenant), [name]: value };
    if (!(await manager.existsBy<EntryRow>(getEntityName(type, status), where))) continue;
    issues.push({ path: [name], message: 'This attribute must be unique', name: 'ValidationError', value });
  }
  return issues;
}

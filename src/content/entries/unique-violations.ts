import { type EntityManager, Not } from 'typeorm';
import { isDuplicateKey } from '../../database/database-errors.js';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import { type ContentType, isScalar, type EntryStatus } from '../content-type.js';
import { getEntityName, type EntryRow } from '../tables/content-entities.js';
import { matchTenant } from '../tables/find-entry.js';

/** What is written to a version of an entry. */
export interface WrittenEntry {
  type: ContentType;
  status: EntryStatus;
  /** Null: a new one. */
  id: number | null;
  tenant: string | null;
  /** By attribute, as stored. */
  values: Readonly<Record<string, unknown>>;
}

/**
 * Writes, and says which attributes a unique index refused.
 *
 * @throws {RequestValidationError} naming each
 */
export async function reportUniqueViolations<T>(
  manager: EntityManager,
  written: WrittenEntry,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    // Of a single type there is no other entry with which it could share a value.
    if (!isDuplicateKey(error) || written.type.kind === 'singleType') throw error;
    const issues = await findUniqueViolations(manager, written);
    throw issues.length > 0 ? new RequestValidationError(issues) : error;
  }
}

/**
 * Finds out which attributes a unique index refused. It is asked once the index has spoken, because a look beforehand
 * would cost every request a statement and could miss a request at the same moment.
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

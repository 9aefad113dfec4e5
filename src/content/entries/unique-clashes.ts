import { type EntityManager, Not } from 'typeorm';
import type { ValidationIssue } from '../../http/envelope-error.js';
import { type ContentType, isScalar } from '../content-type.js';
import { entityOf, type EntryRow } from '../tables/content-entities.js';
import type { EntryData } from '../validation/checked-data.js';
import { oneTenant } from './find-entry.js';

/**
 * Finds out which attributes a unique index refused. It is asked once the index has spoken, because a look beforehand
 * would cost every request a statement and could miss a request at the same moment.
 *
 * @param entryId the entry that was to be changed; null for a new one
 */
export async function uniqueClashes(
  manager: EntityManager,
  type: ContentType,
  { scalars }: EntryData,
  tenant: string | null,
  entryId: number | null,
): Promise<ValidationIssue[]> {
  const issues: ValidationIssue[] = [];
  for (const attribute of type.attributes.filter(isScalar)) {
    const value = scalars.get(attribute.name) ?? null;
    if (!attribute.unique || value === null) continue;
    const others = entryId === null ? {} : { id: Not(entryId) };
    const where = { ...others, ...oneTenant(tenant), [attribute.name]: value };
    if (!(await manager.existsBy<EntryRow>(entityOf(type), where))) continue;
    issues.push({
      path: [attribute.name],
      message: 'This attribute must be unique',
      name: 'ValidationError',
      value,
    });
  }
  return issues;
}

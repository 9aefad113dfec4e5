import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import {
  type Attribute,
  type ContentType,
  isMedia,
  isRelation,
  isScalar,
  type RelationAttribute,
} from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { EntryMedia } from '../entry-media.js';
import { entityOf, type EntryRow, linkEntityOf, type LinkRow } from '../tables/content-entities.js';
import { manyToManyOf } from '../tables/table-names.js';
import type { EntryData } from '../validation/checked-data.js';
import { oneTenant } from './find-entry.js';

/** What entries point to: other entries and files. Both must be of the entry's own tenant. */
@Injectable()
export class EntryLinks {
  constructor(
    private readonly types: ContentTypes,
    private readonly media: EntryMedia,
  ) {}

  /**
   * Writes what a request links, beside the manyToOne relations that the entry's row holds itself.
   *
   * @throws {RequestValidationError} naming each attribute that points to what is not there
   */
  async write(
    manager: EntityManager,
    type: ContentType,
    row: Pick<EntryRow, 'id' | 'tenant'>,
    { links }: EntryData,
  ): Promise<void> {
    const issues: ValidationIssue[] = [];
    for (const attribute of type.attributes) {
      const ids = links.get(attribute.name);
      if (!ids || isScalar(attribute)) continue;
      const missing = isMedia(attribute)
        ? await this.media.replace(manager, holderOf(type, row), attribute.name, ids)
        : await this.writeRelation(manager, type, attribute, row, ids);
      if (missing.length > 0) issues.push(notThere(attribute, ids, missing));
    }
    if (issues.length > 0) throw new RequestValidationError(issues);
  }

  /** Takes an entry out of everything that it points to and that points to it. */
  async release(manager: EntityManager, type: ContentType, entryId: number): Promise<void> {
    if (type.attributes.some(isMedia)) await this.media.release(manager, type.uid, entryId);
    for (const attribute of manyToManyOf(type)) {
      await manager.delete(linkEntityOf(type, attribute), { entry_id: entryId });
    }
    for (const referrer of this.types.referrersOf(type)) {
      const { name, relation } = referrer.attribute;
      if (relation === 'manyToOne') {
        await manager.update(entityOf(referrer.type), { [name]: entryId }, { [name]: null });
      } else {
        await manager.delete(linkEntityOf(referrer.type, referrer.attribute), { target_id: entryId });
      }
    }
  }

  /** @returns the ids that are no entries of the same tenant */
  private async writeRelation(
    manager: EntityManager,
    type: ContentType,
    attribute: RelationAttribute,
    row: Pick<EntryRow, 'id' | 'tenant'>,
    ids: readonly number[],
  ): Promise<number[]> {
    const missing = await this.missing(manager, attribute, row.tenant, ids);
    if (missing.length > 0 || attribute.relation === 'manyToOne') return missing;
    const entity = linkEntityOf(type, attribute);
    await manager.delete(entity, { entry_id: row.id });
    const steps = ids.map((target_id, position): LinkRow => ({ entry_id: row.id, target_id, position }));
    if (steps.length > 0) await manager.insert(entity, steps);
    return [];
  }

  private async missing(
    manager: EntityManager,
    attribute: RelationAttribute,
    tenant: string | null,
    ids: readonly number[],
  ): Promise<number[]> {
    if (ids.length === 0) return [];
    const found = await manager.find<EntryRow>(entityOf(this.types.targetOf(attribute)), {
      select: { id: true },
      where: { id: In([...ids]), ...oneTenant(tenant) },
    });
    return ids.filter((id) => !found.some((row) => row.id === id));
  }
}

function holderOf(type: ContentType, row: Pick<EntryRow, 'id' | 'tenant'>) {
  return { uid: type.uid, entryId: row.id, tenant: row.tenant };
}

function notThere(attribute: Attribute, ids: readonly number[], missing: readonly number[]): ValidationIssue {
  const what = isRelation(attribute) ? `an entry of ${attribute.target}` : 'a file';
  return {
    path: [attribute.name],
    message: `${attribute.name} names ${what} that does not exist: ${missing.join(', ')}`,
    name: 'ValidationError',
    value: ids,
  };
}

import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import {
  type Attribute,
  type ContentType,
  isMedia,
  isRelation,
  type MediaAttribute,
  type RelationAttribute,
  getFileKind,
} from '../content-type.js';
import { EntryMedia } from '../entry-media.js';
import type { EntryRow } from '../tables/content-entities.js';
import type { EntryData } from '../validation/entry-data.js';
import { listTargets } from '../validation/link-change.js';
import { RelationWriter } from './relation-writer.js';

type Holder = Pick<EntryRow, 'id' | 'tenant'>;

/** Writes the links of entries and their components to other entries and to files of the same tenant. */
@Injectable()
export class EntryLinks {
  constructor(
    private readonly relations: RelationWriter,
    private readonly media: EntryMedia,
  ) {}

  /**
   * Writes a request's links, except those that the entry's own row stores, and checks that all their targets exist.
   *
   * @throws {RequestValidationError} with each attribute that links to a missing entry or file, or to a file of a kind
   *   that the attribute does not accept
   */
  async write(manager: EntityManager, type: ContentType, row: Holder, data: EntryData): Promise<void> {
    const issues: ValidationIssue[] = [];
    if (data.links.size > 0) {
      for (const attribute of type.attributes) {
        const ids = data.links.get(attribute.name);
        if (!ids) continue;
        const issue = isMedia(attribute)
          ? await this.writeFiles(manager, type, attribute, row, ids)
          : await this.writeRelation(manager, type, attribute, row, ids);
        if (issue) issues.push(issue);
      }
    }
    await this.checkComponentLinks(manager, row, data, issues);
    if (issues.length > 0) throw new RequestValidationError(issues);
  }

  /** Removes all links from and to an entry. */
  async detach(manager: EntityManager, type: ContentType, entryId: number): Promise<void> {
    if (type.attributes.some(isMedia)) await this.media.detachAll(manager, type.uid, entryId);
    await this.relations.detach(manager, type, entryId);
  }

  private async writeFiles(
    manager: EntityManager,
    type: ContentType,
    attribute: MediaAttribute,
    row: Holder,
    ids: readonly number[],
  ): Promise<ValidationIssue | null> {
    const refused =
      attribute.allowedTypes === null ? null : await this.findFileIssue(manager, attribute, row, ids);
    if (refused) return refused;
    const holder = { uid: type.uid, entryId: row.id, tenant: row.tenant };
    const missing = await this.media.replace(manager, holder, attribute.name, ids);
    return missing.length > 0 ? buildMissingIssue(attribute, ids, missing) : null;
  }

  private async writeRelation(
    manager: EntityManager,
    type: ContentType,
    attribute: Attribute,
    row: Holder,
    ids: readonly number[],
  ): Promise<ValidationIssue | null> {
    if (!isRelation(attribute)) return null;
    const missing = await this.relations.write(manager, type, attribute, row, ids);
    return missing.length > 0 ? buildMissingIssue(attribute, ids, missing) : null;
  }

  /** Checks that the targets of components' links exist; the links themselves are stored in the entry's row. */
  private async checkComponentLinks(
    manager: EntityManager,
    row: Holder,
    data: EntryData,
    issues: ValidationIssue[],
  ): Promise<void> {
    for (const { component, path, data: inner } of [...data.components.values()].flat()) {
      for (const attribute of component.attributes) {
        const ids = listComponentTargets(attribute, inner);
        if (ids.length === 0) continue;
        const issue = await this.findComponentLinkIssue(manager, attribute, row, ids);
        if (issue) issues.push({ ...issue, path: [...path, attribute.name] });
      }
      await this.checkComponentLinks(manager, row, inner, issues);
    }
  }

  private async findComponentLinkIssue(
    manager: EntityManager,
    attribute: Attribute,
    row: Holder,
    ids: readonly number[],
  ): Promise<ValidationIssue | null> {
    if (isMedia(attribute)) return this.findFileIssue(manager, attribute, row, ids);
    if (!isRelation(attribute)) return null;
    const missing = await this.relations.findMissing(manager, attribute, row.tenant, ids);
    return missing.length > 0 ? buildMissingIssue(attribute, ids, missing) : null;
  }

  /** Locks the files for the transaction and checks that they exist and have an accepted kind. */
  private async findFileIssue(
    manager: EntityManager,
    attribute: MediaAttribute,
    row: Holder,
    ids: readonly number[],
  ): Promise<ValidationIssue | null> {
    if (ids.length === 0) return null;
    const { name, allowedTypes } = attribute;
    const mimes = await this.media.lock(manager, row.tenant, ids);
    const missing = ids.filter((id) => !mimes.has(id));
    if (missing.length > 0) return buildMissingIssue(attribute, ids, missing);
    const other = ids.filter((id) => allowedTypes?.includes(getFileKind(mimes.get(id) ?? '')) === false);
    if (!allowedTypes || other.length === 0) return null;
    return buildIssue(
      name,
      `${name} takes ${allowedTypes.join(', ')}, which these files are not: ${other.join(', ')}`,
      ids,
    );
  }
}

/** The ids in a component's link; `LinkChanges` has checked those of relations that are changed. */
function listComponentTargets(
  { name, type }: Attribute,
  { links, linkChanges }: EntryData,
): readonly number[] {
  const change = type === 'media' ? linkChanges.get(name) : undefined;
  return change ? (listTargets(change) as number[]) : (links.get(name) ?? []);
}

function buildMissingIssue(
  attribute: MediaAttribute | RelationAttribute,
  ids: readonly number[],
  missing: readonly number[],
): ValidationIssue {
  const { name } = attribute;
  const what = isRelation(attribute) ? `an entry of ${attribute.target}` : 'a file';
  return buildIssue(name, `${name} names ${what} that does not exist: ${missing.join(', ')}`, ids);
}

function buildIssue(name: string, message: string, value: readonly number[]): ValidationIssue {
  return { path: [name], message, name: 'ValidationError', value };
}

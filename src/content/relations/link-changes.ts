import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { RequestValidationError, type ValidationIssue } from '../../http/envelope-error.js';
import {
  type Attribute,
  type ContentType,
  isMedia,
  isRelation,
  isToMany,
  type MediaAttribute,
  type RelationAttribute,
} from '../content-type.js';
import { ContentTypes } from '../content-types.js';
import { EntryMedia } from '../entry-media.js';
import { type EntryRow, getEntityName } from '../tables/content-entities.js';
import { matchTenant } from '../tables/find-entry.js';
import { MOST_LINKED } from '../validation/check-entry.js';
import type { EntryData } from '../validation/entry-data.js';
import {
  applyLinkChange,
  type Connection,
  type LinkChange,
  type LinkPosition,
  listTargets,
  type Reference,
} from '../validation/link-change.js';
import { findRelationTargets } from './relation-targets.js';

/** Looks up the id of a reference; undefined: there is no such entry of the tenant. */
type FindId = (reference: Reference) => number | undefined;

/** Turns `connect`, `disconnect`, `set` and document ids of a request into ids. */
@Injectable()
export class LinkChanges {
  constructor(
    private readonly types: ContentTypes,
    private readonly media: EntryMedia,
  ) {}

  /**
   * Puts the new targets of an entry's relations and files into `data.links`, and the ids of its components' relations into their
   * changes. It can be repeated with the same data, for another entry or after a deadlock.
   *
   * @param row the entry, locked for the transaction; null: it is created
   * @throws {RequestValidationError} with each relation that names an entry that does not exist
   */
  async resolve(
    manager: EntityManager,
    type: ContentType,
    row: EntryRow | null,
    tenant: string | null,
    data: EntryData,
  ): Promise<void> {
    const issues: ValidationIssue[] = [];
    await this.resolveOwn(manager, type.attributes, tenant, { data, path: [] }, issues);
    if (issues.length > 0) throw new RequestValidationError(issues);
    if (data.linkChanges.size === 0) return;
    for (const attribute of type.attributes) {
      const change = data.linkChanges.get(attribute.name);
      if (!change || !(isRelation(attribute) || isMedia(attribute))) continue;
      const current = row ? await this.findCurrent(manager, type, attribute, row) : [];
      const ids = applyLinkChange(current, change, isToMany(attribute));
      if (ids.length > MOST_LINKED) {
        const message = `${attribute.name} must have at most ${MOST_LINKED} entries`;
        throw RequestValidationError.at([attribute.name], message);
      }
      data.links.set(attribute.name, ids);
    }
  }

  private async findCurrent(
    manager: EntityManager,
    type: ContentType,
    attribute: RelationAttribute | MediaAttribute,
    row: EntryRow,
  ): Promise<number[]> {
    if (isMedia(attribute)) {
      const files = (await this.media.filesOf(manager, type.uid, [row.id])).get(row.id);
      return (files?.get(attribute.name) ?? []).map(({ printed }) => Number(printed['id']));
    }
    const place = this.types.placeOf(type, attribute);
    return (await findRelationTargets(manager, place, 'draft', [row])).get(row.id) ?? [];
  }

  private async resolveOwn(
    manager: EntityManager,
    attributes: readonly Attribute[],
    tenant: string | null,
    { data, path }: { data: EntryData; path: readonly string[] },
    issues: ValidationIssue[],
  ): Promise<void> {
    for (const attribute of data.linkChanges.size > 0 ? attributes.filter(isRelation) : []) {
      const change = data.linkChanges.get(attribute.name);
      if (!change) continue;
      const findId = await this.findIds(manager, attribute, tenant, change);
      const missing = listTargets(change).filter((one) => findId(one) === undefined);
      if (missing.length === 0) data.linkChanges.set(attribute.name, toIds(change, findId));
      else {
        const { name, target } = attribute;
        issues.push({
          path: [...path, name],
          message: `${name} names an entry of ${target} that does not exist: ${missing.join(', ')}`,
          name: 'ValidationError',
          value: missing,
        });
      }
    }
    for (const one of [...data.components.values()].flat()) {
      await this.resolveOwn(manager, one.component.attributes, tenant, one, issues);
    }
  }

  private async findIds(
    manager: EntityManager,
    attribute: RelationAttribute,
    tenant: string | null,
    change: LinkChange,
  ): Promise<FindId> {
    const asked = [...listTargets(change), ...change.disconnect];
    const ids = asked.filter((one) => typeof one === 'number');
    const documentIds = asked.filter((one) => typeof one === 'string');
    const target = this.types.targetOf(attribute);
    // A private document id names no entry: an answer would tell whether it exists.
    const byDocument = documentIds.length > 0 && !target.privateKeys.has('document_id');
    const where = [
      ...(ids.length > 0 ? [{ id: In(ids), ...matchTenant(tenant) }] : []),
      ...(byDocument ? [{ document_id: In(documentIds), ...matchTenant(tenant) }] : []),
    ];
    const rows =
      where.length === 0
        ? []
        : await manager.find<EntryRow>(getEntityName(target, 'draft'), {
            select: { id: true, document_id: true },
            where,
          });
    const found = new Map<Reference, number>();
    for (const { id, document_id: documentId } of rows) {
      if (ids.includes(id)) found.set(id, id);
      if (typeof documentId === 'string') found.set(documentId, id);
    }
    return (reference) => found.get(reference);
  }
}

/** Replaces references by ids. What is to be disconnected and does not exist is left out. */
function toIds({ set, connect, disconnect }: LinkChange, findId: FindId): LinkChange {
  const require = (reference: Reference) => findId(reference) ?? reference;
  return {
    set: set && set.map(require),
    connect: connect.map(({ target, position }): Connection => ({
      target: require(target),
      position: toIdPosition(position, require),
    })),
    disconnect: disconnect.flatMap((one) => findId(one) ?? []),
  };
}

function toIdPosition(position: LinkPosition, require: (reference: Reference) => Reference): LinkPosition {
  if ('before' in position) return { before: require(position.before) };
  return 'after' in position ? { after: require(position.after) } : position;
}

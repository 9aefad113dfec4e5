import { type ContentType, type EntryStatus, isRelation, type RelationAttribute } from '../content-type.js';
import type { ContentTypes } from '../content-types.js';
import { getColumn, getEntryTable, getLinkTable, isColumnRelation } from '../tables/table-names.js';
import { type Fields, listFields } from './list-fields.js';

/** The alias of the target's table in the subquery. */
const TARGET = 'target';

/** How a list is filtered by the fields of the entries that a relation leads to. */
export interface RelationFilter {
  /** The target's fields. */
  fields: Fields;
  /** The property of the row whose value must be in the subquery. */
  column: string;
  /**
   * Builds the subquery.
   *
   * @param condition builds the condition on the target; it is given the SQL name of a column
   */
  buildSubquery: (condition: (nameColumn: (column: string) => string) => string) => string;
}

/** Finds the filter of a relation by its name; undefined: there is no such relation. */
export type RelationFilters = (name: string) => RelationFilter | undefined;

/** No relation can be filtered by. */
export const NO_RELATION_FILTERS: RelationFilters = () => undefined;

/**
 * The filters of a content type's relations. Private relations have none, and the private fields of a target are none of
 * its fields: a filter would reveal them. Published entries are filtered by published targets, which they show.
 */
export function listRelationFilters(
  types: ContentTypes,
  type: ContentType,
  status: EntryStatus,
): RelationFilters {
  return (name) => {
    const attribute = type.attributes.filter(isRelation).find((one) => one.name === name && !one.private);
    return attribute && defineFilter(types, type, attribute, status);
  };
}

function defineFilter(
  types: ContentTypes,
  type: ContentType,
  attribute: RelationAttribute,
  status: EntryStatus,
): RelationFilter {
  const target = types.targetOf(attribute);
  const { owner, attribute: stored, isOwnSide } = types.placeOf(type, attribute);
  const selectTargets = (column: string, condition: string) =>
    `SELECT ${TARGET}.\`${column}\` FROM \`${getEntryTable(target, status)}\` ${TARGET} WHERE ${condition}`;
  const fields = listFields(target, status);
  const nameColumn = (column: string) => `${TARGET}.\`${column}\``;
  if (isColumnRelation(stored)) {
    const selected = isOwnSide ? 'id' : getColumn(stored);
    return {
      fields,
      column: isOwnSide ? attribute.name : 'id',
      buildSubquery: (condition) => selectTargets(selected, condition(nameColumn)),
    };
  }
  const [here, there] = isOwnSide ? ['entry_id', 'target_id'] : ['target_id', 'entry_id'];
  const links = getLinkTable(owner, stored, status);
  return {
    fields,
    column: 'id',
    buildSubquery: (condition) =>
      `SELECT link.\`${here}\` FROM \`${links}\` link WHERE link.\`${there}\` IN (${selectTargets('id', condition(nameColumn))})`,
  };
}

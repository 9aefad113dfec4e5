import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentTypeError } from '../content-type-error.js';
import { type ContentType, isRelation } from '../content-type.js';
import { tablesOf } from '../tables/table-names.js';
import { parseContentType } from './parse-content-type.js';

/** Tables that the content types' must not meet. */
const OTHER_TABLES = /^(webhooks|webhook_.*|files|file_links|admin_.*|migrations|typeorm_.*|sqlite_.*)$/;

/**
 * Reads every `*.json` of a folder as a content type in the shape of Strapi's `schema.json`, in the order of the
 * files' names.
 *
 * @throws {ContentTypeError} when the folder or a file cannot be read or has a fault
 */
export function loadContentTypes(folder: string): ContentType[] {
  const types = filesOf(folder).map((file) => parseContentType(readJson(file), file));
  refuseSameNames(types);
  refuseUnknownTargets(types);
  return types;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    throw new ContentTypeError(
      folder,
      null,
      `the folder of content types cannot be read (${messageOf(error)}).`,
      {
        cause: error,
      },
    );
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ContentTypeError(file, null, `cannot be read as JSON (${messageOf(error)}).`, { cause: error });
  }
}

function refuseSameNames(types: readonly ContentType[]): void {
  const owners = new Map<string, ContentType>();
  for (const type of types) {
    const names = [
      `route ${type.pluralName}`,
      `singularName ${type.singularName}`,
      ...tablesOf(type).map((table) => `table ${table}`),
    ];
    for (const name of names) {
      const owner = owners.get(name);
      if (owner) throw new ContentTypeError(type.file, null, `the ${name} is ${owner.file}'s already.`);
      owners.set(name, type);
    }
    const foreign = tablesOf(type).find((table) => OTHER_TABLES.test(table));
    if (foreign) throw new ContentTypeError(type.file, null, `the table "${foreign}" is this server's own.`);
  }
}

function refuseUnknownTargets(types: readonly ContentType[]): void {
  const uids = new Set(types.map(({ uid }) => uid));
  for (const type of types) {
    for (const attribute of type.attributes.filter(isRelation)) {
      if (uids.has(attribute.target)) continue;
      throw new ContentTypeError(
        type.file,
        attribute.name,
        `its target "${attribute.target}" is no content type; there are ${[...uids].join(', ')}.`,
      );
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

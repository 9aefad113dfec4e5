import { readFileSync } from 'node:fs';
import { ContentTypeError } from '../content-type-error.js';
import type { Component, ContentType } from '../content-type.js';
import { getRouteName } from '../content-types.js';
import { listTables } from '../tables/table-names.js';
import { checkComponents } from './check-components.js';
import { checkRelations } from './check-relations.js';
import { parseComponent } from './parse-component.js';
import { parseContentType } from './parse-content-type.js';
import { findSchemaLayout } from './schema-layout.js';

/** Names of the server's own tables, which content types must not use. */
const OTHER_TABLES = /^(webhooks|webhook_.*|files|file_links|admin_.*|migrations|typeorm_.*|sqlite_.*)$/;

/**
 * Loads the content types and components of a folder, in the order of the files' names: a Strapi project, its
 * `src/api`, or a folder of plain `*.json` in the shape of Strapi's `schema.json`.
 *
 * @param warn called once with a sentence that names the attributes that were left out: relations to Strapi's own users
 *   or to plugins
 * @param privateAttributes the names that are private in every content type and component. Default: none
 * @throws {ContentTypeError} when the folder or a file cannot be read or is invalid
 */
export function loadContentTypes(
  folder: string,
  warn: (sentence: string) => void = () => undefined,
  privateAttributes: readonly string[] = [],
): ContentType[] {
  const layout = findSchemaLayout(folder);
  const leftOut: string[] = [];
  const leaveOut = (file: string, attribute: string) => void leftOut.push(`"${attribute}" of ${file}`);
  const components = new Map<string, Component>();
  for (const { file, uid } of layout.components) {
    components.set(uid, parseComponent(readJson(file), file, uid, leaveOut, privateAttributes));
  }
  const types = layout.types.map(({ file, api }) =>
    parseContentType(readJson(file), file, { api, components, leaveOut, privateAttributes }),
  );
  refuseSameNames(types);
  checkComponents(types, components);
  checkRelations(types, [...components.values()]);
  if (leftOut.length > 0) {
    warn(
      `Attributes were left out, because their targets are Strapi's own users or plugins, which do not exist here: ${leftOut.join(', ')}.`,
    );
  }
  return types;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ContentTypeError(file, null, `cannot be read as JSON (${why}).`, { cause: error });
  }
}

function refuseSameNames(types: readonly ContentType[]): void {
  const owners = new Map<string, ContentType>();
  for (const type of types) {
    const names = [
      `route ${getRouteName(type)}`,
      `singularName ${type.singularName}`,
      ...listTables(type).map((table) => `table ${table}`),
    ];
    for (const name of names) {
      const owner = owners.get(name);
      if (owner) throw new ContentTypeError(type.file, null, `the ${name} is ${owner.file}'s already.`);
      owners.set(name, type);
    }
    const foreign = listTables(type).find((table) => OTHER_TABLES.test(table));
    if (foreign) throw new ContentTypeError(type.file, null, `the table "${foreign}" is this server's own.`);
  }
}

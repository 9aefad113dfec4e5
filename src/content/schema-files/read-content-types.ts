import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ContentTypeError } from '../content-type-error.js';
import type { Component, ContentType } from '../content-type.js';
import { getRouteName } from '../content-types.js';
import { listTables } from '../tables/table-names.js';
import { checkComponents } from './check-components.js';
import { checkRelations } from './check-relations.js';
import { dropDependents } from './drop-dependents.js';
import { parseComponent } from './parse-component.js';
import { parseContentType } from './parse-content-type.js';
import { createSchemaContext, type SchemaContext } from './schema-context.js';
import { findSchemaLayout, type SchemaLayout, type TypeFile } from './schema-layout.js';
import { isObject } from './schema-object.js';
import type { SchemaReport } from './schema-report.js';

/** Names of the server's own tables, which content types must not use. */
const OTHER_TABLES = /^(webhooks|webhook_.*|files|file_links|admin_.*|migrations|typeorm_.*|sqlite_.*)$/;

/** What a project's files hold. */
export interface ReadContentTypes {
  /** Those without a fault, in the order of the files' names. */
  types: ContentType[];
  components: ReadonlyMap<string, Component>;
  report: SchemaReport;
}

/** A part of the files, read. */
interface Part<T> {
  read: T;
  /** The uids of those that are left out. */
  leftOut: Set<string>;
  /** The uids of those with a fault. */
  faulty: Set<string>;
}

/**
 * Reads the content types and components of a folder, with all faults and notes of all files.
 *
 * @param leaveOut the setting `content.leaveOut`
 * @param privateAttributes the names that are private in every content type and component
 * @param locale the setting `content.locale`
 * @throws {ContentTypeError} when the folder cannot be read
 */
export function readContentTypes(
  folder: string,
  options: { leaveOut?: readonly string[]; privateAttributes?: readonly string[]; locale?: string } = {},
): ReadContentTypes {
  const layout = findSchemaLayout(folder);
  const context = createSchemaContext(options);
  const { report, leftOut } = context;
  const components = readComponents(layout, context);
  const types = readTypes(layout, components.read, context);
  const dropped = { types: types.leftOut, components: components.leftOut };
  const kept = dropDependents(types.read, components.read, dropped, report);
  refuseSameNames(kept, report);
  checkComponents(kept, components.read, report, components.faulty);
  checkRelations(kept, [...components.read.values()], report, types.faulty);
  // With other faults, what is named may be in a file that could not be read.
  for (const name of report.faults.length === 0 ? leftOut.listUnused() : []) {
    report.refuse(
      folder,
      null,
      `content.leaveOut names "${name}", and there is no content type, component or attribute of that name.`,
    );
  }
  return { types: kept, components: components.read, report };
}

function readComponents(layout: SchemaLayout, context: SchemaContext): Part<Map<string, Component>> {
  const { report } = context;
  const part: Part<Map<string, Component>> = { read: new Map(), leftOut: new Set(), faulty: new Set() };
  for (const { file, uid } of layout.components) {
    if (context.leftOut.has(uid)) {
      report.note('left-out', file, null, 'content.leaveOut names it');
      part.leftOut.add(uid);
      continue;
    }
    const component = report.attempt(() => parseComponent(readJson(file), file, uid, context));
    if (component) part.read.set(uid, component);
    else part.faulty.add(uid);
  }
  return part;
}

function readTypes(
  layout: SchemaLayout,
  components: ReadonlyMap<string, Component>,
  context: SchemaContext,
): Part<ContentType[]> {
  const { report } = context;
  const part: Part<ContentType[]> = { read: [], leftOut: new Set(), faulty: new Set() };
  for (const typeFile of layout.types) {
    const { file, api } = typeFile;
    const source = report.attempt(() => readJson(file));
    const uid = guessUid(typeFile, source);
    if (source !== undefined && context.leftOut.has(uid)) {
      report.note('left-out', file, null, 'content.leaveOut names it');
      part.leftOut.add(uid);
      continue;
    }
    const type =
      source === undefined ? undefined : parseContentType(source, file, { api, components, ...context });
    if (type) part.read.push(type);
    else part.faulty.add(uid);
  }
  return part;
}

/** The uid of a content type whose file may be wrong. */
function guessUid({ file, api }: TypeFile, source: unknown): string {
  const info = isObject(source) ? source['info'] : undefined;
  const said = isObject(info) ? info['singularName'] : undefined;
  const byFile = api === null ? basename(file, '.json') : basename(dirname(file));
  const name = typeof said === 'string' ? said : byFile;
  return `api::${api ?? name}.${name}`;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ContentTypeError(file, null, `cannot be read as JSON (${why}).`, { cause: error });
  }
}

function refuseSameNames(types: readonly ContentType[], report: SchemaReport): void {
  const owners = new Map<string, ContentType>();
  for (const type of types) {
    const names = [
      `route ${getRouteName(type)}`,
      `singularName ${type.singularName}`,
      ...listTables(type).map((table) => `table ${table}`),
    ];
    const taken = names.find((name) => owners.has(name));
    if (taken !== undefined) {
      report.refuse(type.file, null, `the ${taken} is ${owners.get(taken)?.file}'s already.`);
    }
    for (const name of names) if (!owners.has(name)) owners.set(name, type);
    const foreign = listTables(type).find((table) => OTHER_TABLES.test(table));
    if (foreign) report.refuse(type.file, null, `the table "${foreign}" is this server's own.`);
  }
}

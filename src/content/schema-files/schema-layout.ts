import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { ContentTypeError } from '../content-type-error.js';

/** The file of a content type. */
export interface TypeFile {
  file: string;
  /** The name of its folder in `src/api`; null: it is in a folder of plain files. */
  api: string | null;
}

/** The file of a component. */
export interface ComponentFile {
  file: string;
  /** `shared.seo` */
  uid: string;
}

/** The files of content types and components. */
export interface SchemaLayout {
  types: TypeFile[];
  components: ComponentFile[];
}

/**
 * Finds the files of content types and components, in the order of their names. A folder is one of three things:
 *
 * - a Strapi project: `src/api/<api>/content-types/<name>/schema.json` and `src/components/<category>/<name>.json`;
 * - the `src/api` of a Strapi project, with `components` beside it;
 * - a folder of plain `<name>.json`; components are in its `components/<category>/`, or, if it is called
 *   `content-types`, in the folder `components` beside it.
 *
 * @throws {ContentTypeError} when the folder cannot be read
 */
export function findSchemaLayout(folder: string): SchemaLayout {
  const project = join(folder, 'src', 'api');
  if (existsSync(project)) return findStrapiLayout(project, join(folder, 'src', 'components'));
  const plain = listJsonFiles(folder, false);
  if (plain.length === 0) {
    const strapi = findStrapiLayout(folder, join(dirname(folder), 'components'));
    if (strapi.types.length > 0) return strapi;
  }
  const inside = join(folder, 'components');
  const beside = basename(folder) === 'content-types' ? join(dirname(folder), 'components') : inside;
  return {
    types: plain.map((file) => ({ file, api: null })),
    components: listComponentFiles(existsSync(inside) ? inside : beside),
  };
}

function findStrapiLayout(api: string, components: string): SchemaLayout {
  const types = listJsonFiles(api, true).flatMap((file) => {
    const [name = '', middle, , last, ...rest] = relative(api, file).split(sep);
    const isSchema = middle === 'content-types' && last === 'schema.json' && rest.length === 0;
    return isSchema ? [{ file, api: name }] : [];
  });
  return { types, components: listComponentFiles(components) };
}

function listComponentFiles(folder: string): ComponentFile[] {
  if (!existsSync(folder)) return [];
  return listJsonFiles(folder, true).map((file) => ({
    file,
    uid: relative(folder, file).slice(0, -'.json'.length).split(sep).join('.'),
  }));
}

function listJsonFiles(folder: string, isDeep: boolean): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: isDeep })
      .filter((entry) => entry.name.endsWith('.json') && !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ContentTypeError(folder, null, `the folder of content types cannot be read (${why}).`, {
      cause: error,
    });
  }
}

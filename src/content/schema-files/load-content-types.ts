import type { ContentType } from '../content-type.js';
import { readContentTypes } from './read-content-types.js';
import type { SchemaNote, SchemaReport } from './schema-report.js';

/**
 * Loads the content types and components of a folder, in the order of the files' names: a Strapi project, its
 * `src/api`, or a folder of plain `*.json` in the shape of Strapi's `schema.json`.
 *
 * @param warn called with a sentence for what was left out, one for what is served in another way than by Strapi, and one
 *   for keys that have no effect
 * @param privateAttributes the names that are private in every content type and component. Default: none
 * @param leaveOut the setting `content.leaveOut`. Default: nothing is left out
 * @param locale the setting `content.locale`. Default: `en`
 * @throws {ContentTypeError} when the folder cannot be read, or with all faults of all files
 */
export function loadContentTypes(
  folder: string,
  warn: (sentence: string) => void = () => undefined,
  privateAttributes: readonly string[] = [],
  leaveOut: readonly string[] = [],
  locale?: string,
): ContentType[] {
  const options = { privateAttributes, leaveOut, ...(locale === undefined ? {} : { locale }) };
  const { types, report } = readContentTypes(folder, options);
  report.throwFaults(folder);
  tellNotes(report, warn);
  return types;
}

function tellNotes({ notes }: SchemaReport, warn: (sentence: string) => void): void {
  const list = (kind: SchemaNote['kind']) => notes.filter((note) => note.kind === kind);
  const leftOut = list('left-out').map((note) => `${describePlace(note)} (${note.text})`);
  if (leftOut.length > 0) warn(`Content that is not served: ${leftOut.join(', ')}.`);
  const different = list('different').map((note) => `${describePlace(note)} ${note.text}`);
  if (different.length > 0) warn(`Content that is not served as by Strapi: ${different.join('; ')}.`);
  const keys = new Map<string, number>();
  for (const { text } of list('ignored')) keys.set(text, (keys.get(text) ?? 0) + 1);
  const ignored = [...keys].map(([key, count]) => (count === 1 ? key : `${key} (${count} times)`));
  if (ignored.length > 0) {
    warn(
      `Keys of attributes that have no effect here: ${ignored.join(', ')}. posthorn check-schemas lists them by file.`,
    );
  }
}

function describePlace({ file, attribute }: SchemaNote): string {
  return attribute === null ? file : `"${attribute}" of ${file}`;
}

import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { hasScope } from '../../auth/scopes.js';
import { isUnavailable } from '../../database/database-errors.js';
import type { JsonObject } from '../../events/json.js';
import { ForbiddenError, RequestValidationError } from '../../http/envelope-error.js';
import { findJsonTextProblem } from '../../http/json-text.js';
import { type ContentType, isMedia } from '../content-type.js';
import { EntryMedia, type FormFile } from '../entry-media.js';
import { AT_END } from '../validation/link-change.js';
import { checkEntry } from '../validation/check-entry.js';
import type { EntryData } from '../validation/entry-data.js';
import { EntryChanges, type Preparation } from './entry-changes.js';
import { SingleEntries } from './single-entries.js';

/** The start of the form fields of files: `files.cover`. */
const FILES = 'files.';

/** Runs a change; the preparation runs first in its transaction. */
type Change = (prepare: Preparation) => Promise<JsonObject>;

/** Files by the names of their attributes. */
type FormFiles = ReadonlyMap<string, readonly FormFile[]>;

type CheckKind = Parameters<typeof checkEntry>[2];

/** Stands for a file's id while the data is validated: files have ids once they are recorded. */
const ANY_ID = 1;

/** Creates and changes entries by forms that bring their files. */
@Injectable()
export class FormEntries {
  constructor(
    private readonly changes: EntryChanges,
    private readonly singles: SingleEntries,
    private readonly media: EntryMedia,
  ) {}

  /**
   * Creates an entry and its files, all or none, in one transaction. The bytes of files that were not recorded are removed.
   *
   * @param body the form's fields: `data`, JSON of an object
   * @param files in fields such as `files.cover`, several of one name for an attribute with several files
   * @throws {RequestValidationError} with all problems of the data, or for a field that names no media attribute
   */
  async create(
    type: ContentType,
    body: unknown,
    files: readonly FormFile[],
    caller: Caller,
  ): Promise<JsonObject> {
    const { data, byAttribute } = readForm(type, body, files, 'whole', caller);
    return this.store(byAttribute, caller, (prepare) => this.changes.create(type, data, caller, prepare));
  }

  /**
   * Changes an entry as {@link create} creates one. A file replaces that of an attribute with one, and is added to an
   * attribute with several.
   *
   * @throws {NotFoundError} when the entry does not exist for the caller
   * @throws {RequestValidationError} as {@link create} does
   */
  async update(
    type: ContentType,
    id: number,
    body: unknown,
    files: readonly FormFile[],
    caller: Caller,
  ): Promise<JsonObject> {
    const { data, byAttribute } = readForm(type, body, files, 'partial', caller);
    return this.store(byAttribute, caller, (prepare) => this.changes.update(type, id, data, caller, prepare));
  }

  /** Creates or changes the entry of a single type, as {@link create} and {@link update} do. */
  async save(
    type: ContentType,
    body: unknown,
    files: readonly FormFile[],
    caller: Caller,
  ): Promise<JsonObject> {
    const read = (kind: CheckKind) => readForm(type, body, files, kind, caller);
    return this.store(read('partial').byAttribute, caller, (prepare) =>
      this.singles.save(type, (kind) => read(kind).data, caller, prepare),
    );
  }

  /** Removes received files that were not stored. */
  async discard(files: readonly FormFile[]): Promise<void> {
    await this.media.discard(files);
  }

  /** Stores the files, and runs the change that links them. */
  private async store(byAttribute: FormFiles, caller: Caller, change: Change): Promise<JsonObject> {
    const stored = await this.media.store([...byAttribute.values()].flat(), caller);
    try {
      return await change(async (manager, data) => {
        const ids = await stored.record(manager);
        for (const [name, list] of byAttribute) {
          const connect = ids.splice(0, list.length).map((target) => ({ target, position: AT_END }));
          data.linkChanges.set(name, { set: null, connect, disconnect: [] });
        }
      });
    } catch (error) {
      // If the connection broke, it is unknown whether the commit succeeded: bytes without a row do less harm than a row
      // without bytes.
      if (!isUnavailable(error)) await stored.remove();
      throw error;
    }
  }
}

/**
 * Reads a form: its data, checked as if the files were linked already, and its files by attribute.
 *
 * @throws {ForbiddenError} when it has files that the caller may not write
 * @throws {RequestValidationError} with all problems of the data, or for a field that names no media attribute
 */
function readForm(
  type: ContentType,
  body: unknown,
  files: readonly FormFile[],
  kind: CheckKind,
  caller: Caller,
): { data: EntryData; byAttribute: FormFiles } {
  if (files.length > 0 && caller.tokenId !== null && !hasScope(caller.scopes, 'media:write')) {
    throw new ForbiddenError('Files in a form need the scope media:write.');
  }
  const byAttribute = groupFiles(type, files);
  const given = parseForm(body);
  for (const [name, list] of byAttribute) {
    if (Object.hasOwn(given, name)) {
      throw RequestValidationError.at([name], `${name} is given in data, and as ${FILES}${name}`);
    }
    given[name] = isSeveral(type, name) ? list.map((_, index) => index + ANY_ID) : ANY_ID;
  }
  const data = checkEntry(type, { data: given }, kind);
  for (const name of byAttribute.keys()) data.links.delete(name);
  return { data, byAttribute };
}

function groupFiles(type: ContentType, files: readonly FormFile[]): Map<string, FormFile[]> {
  const groups = new Map<string, FormFile[]>();
  for (const file of files) {
    const { fieldname } = file;
    const name = fieldname.startsWith(FILES) ? fieldname.slice(FILES.length) : '';
    if (!type.attributes.some((one) => isMedia(one) && one.name === name)) {
      const names = type.attributes.filter(isMedia).map((one) => `${FILES}${one.name}`);
      const which = names.length > 0 ? `there are ${names.join(', ')}` : 'it has none';
      throw RequestValidationError.at(
        [fieldname],
        `"${fieldname}" names no files of ${type.singularName}; ${which}. Files of components are uploaded first`,
      );
    }
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  for (const [name, { length }] of groups) {
    if (length > 1 && !isSeveral(type, name)) {
      throw RequestValidationError.at([`${FILES}${name}`], `${name} takes one file, but ${length} came`);
    }
  }
  return groups;
}

function isSeveral({ attributes }: ContentType, name: string): boolean {
  return attributes.some((one) => isMedia(one) && one.name === name && one.multiple);
}

function parseForm(body: unknown): Record<string, unknown> {
  const { data, ...others } = (body ?? {}) as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw RequestValidationError.at([unknown], `a form takes data and files, not "${unknown}"`);
  }
  if (typeof data !== 'string') throw RequestValidationError.at(['data'], 'data is a required field');
  const lost = findJsonTextProblem(data);
  if (lost) throw RequestValidationError.at(['data', ...lost.path], `data: ${lost.message}`);
  try {
    const parsed: unknown = JSON.parse(data);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
  } catch {
    // Reported below.
  }
  throw RequestValidationError.at(['data'], 'data must be JSON of an object such as {"city": "Paris"}');
}

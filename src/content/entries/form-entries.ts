import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { hasScope } from '../../auth/scopes.js';
import { isUnavailable } from '../../database/database-errors.js';
import type { JsonObject } from '../../events/json.js';
import { ForbiddenError, RequestValidationError } from '../../http/envelope-error.js';
import { findJsonTextProblem } from '../../http/json-text.js';
import { type ContentType, isMedia } from '../content-type.js';
import { EntryMedia, type FormFile } from '../entry-media.js';
import { checkEntry } from '../validation/check-entry.js';
import { EntryChanges } from './entry-changes.js';

/** The start of the form fields of files: `files.cover`. */
const FILES = 'files.';

/** Stands for a file's id while the data is validated: files have ids once they are recorded. */
const ANY_ID = 1;

/** Creates entries from forms that bring their files. */
@Injectable()
export class FormEntries {
  constructor(
    private readonly changes: EntryChanges,
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
    const data = checkEntry(type, { data: given }, 'whole');
    const stored = await this.media.store([...byAttribute.values()].flat(), caller);
    try {
      return await this.changes.create(type, data, caller, async (manager) => {
        const ids = await stored.record(manager);
        for (const [name, list] of byAttribute) data.links.set(name, ids.splice(0, list.length));
      });
    } catch (error) {
      // If the connection broke, it is unknown whether the commit succeeded: bytes without a row do less harm than a row
      // without bytes.
      if (!isUnavailable(error)) await stored.remove();
      throw error;
    }
  }

  /** Removes received files that were not stored. */
  async discard(files: readonly FormFile[]): Promise<void> {
    await this.media.discard(files);
  }
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

import type { JsonObject } from '../../events/json.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { isDeeperThan } from '../../http/json-limits.js';
import { findJsonTextProblem } from '../../http/json-text.js';
import { findFileNameProblem } from './file-name.js';
import { findEncodingProblem } from './form-text.js';

/** The properties that a request sets on a file. Missing ones keep their value; for a new file they are null. */
export interface FileInfo {
  /** The file's name. Default: the name of the uploaded file. */
  name?: string;
  /** The alternative text; null: none. */
  alternativeText?: string | null;
  caption?: string | null;
  /** The focal point of an image, `{x, y}` in percent; null: the center. */
  focalPoint?: JsonObject | null;
}

/**
 * Parses the form field `fileInfo`: JSON of an object for the first file, of an array for several, or the field
 * repeated. A file without an object keeps its own name.
 *
 * @throws {RequestValidationError} when it is no such JSON, has unknown keys, or is for more files than arrived
 */
export function parseFileInfos(fileInfo: unknown, files: number): FileInfo[] {
  if (fileInfo === undefined) return [];
  const infos = [fileInfo].flat().flatMap((text) => parseJson(text));
  if (infos.length > files) {
    throw RequestValidationError.at(['fileInfo'], `fileInfo is for ${infos.length} files, but ${files} came`);
  }
  return infos.map(checkFileInfo);
}

/** The greatest depth of the JSON: an error echoes the value, whose nesting must be bounded. */
const MOST_LEVELS = 10;

function parseJson(text: unknown): unknown {
  const garbled = typeof text === 'string' ? findEncodingProblem('fileInfo', text) : null;
  if (garbled !== null) throw RequestValidationError.at(['fileInfo'], garbled);
  const lost = typeof text === 'string' ? findJsonTextProblem(text) : null;
  if (lost) throw RequestValidationError.at(['fileInfo', ...lost.path], `fileInfo: ${lost.message}`);
  try {
    const info: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    if (info !== undefined && !isDeeperThan(MOST_LEVELS, info)) return info;
  } catch {
    // Reported below.
  }
  throw RequestValidationError.at(['fileInfo'], 'fileInfo must be JSON such as {"name": "photo.png"}', text);
}

type Checked = string | number | boolean | object;

/** The check of each key: the problem, or null. */
const CHECKS: Record<keyof FileInfo, (value: Checked) => string | null> = {
  name: (value) => (typeof value === 'string' ? findFileNameProblem(value) : 'a file name must be text'),
  alternativeText: (value) => findTextProblem('alternativeText', value),
  caption: (value) => findTextProblem('caption', value),
  focalPoint: findFocalPointProblem,
};

function checkFileInfo(info: unknown): FileInfo {
  if (info === null) return {};
  if (typeof info !== 'object' || Array.isArray(info)) {
    throw RequestValidationError.at(
      ['fileInfo'],
      'fileInfo must be an object such as {"name": "photo.png"}',
      info,
    );
  }
  const unknown = Object.keys(info).filter((key) => !Object.hasOwn(CHECKS, key));
  if (unknown.length > 0) {
    const message = `this field has unspecified keys: ${unknown.join(', ')}`;
    throw RequestValidationError.at(['fileInfo'], message);
  }
  for (const [key, check] of Object.entries(CHECKS)) {
    const value = (info as Record<string, Checked | null | undefined>)[key];
    const problem = value === undefined || value === null ? null : check(value);
    if (problem !== null) throw RequestValidationError.at(['fileInfo', key], problem, value);
  }
  const { name, ...others } = info as FileInfo & { name?: string | null };
  // A file always has a name: null means the file's own.
  return name === undefined || name === null ? others : { name, ...others };
}

const LONGEST_TEXT = 10_000;

function findTextProblem(key: string, value: Checked): string | null {
  if (typeof value !== 'string') return `${key} must be text`;
  return value.length > LONGEST_TEXT ? `${key} must be at most ${LONGEST_TEXT} characters` : null;
}

function findFocalPointProblem(value: Checked): string | null {
  const { x, y, ...others } = value as Record<string, unknown>;
  const isPoint = isPercent(x) && isPercent(y) && Object.keys(others).length === 0;
  return isPoint ? null : 'focalPoint must be {"x": …, "y": …}, both from 0 to 100 percent';
}

function isPercent(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 100;
}

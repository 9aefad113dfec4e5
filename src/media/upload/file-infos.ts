import type { JsonObject } from '../../events/json.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { isDeeperThan } from '../../http/json-limits.js';
import { findFileNameProblem } from './file-name.js';

/** What a request says of one of its files. What is left out stays, or is nothing for a new file. */
export interface FileInfo {
  /** What it is to be called, instead of its own name. */
  name?: string;
  /** What is told to those who do not see it; null: nothing. */
  alternativeText?: string | null;
  caption?: string | null;
  /** The place that matters in an image, `{x, y}` in percent; null: the middle. */
  focalPoint?: JsonObject | null;
}

/**
 * Reads the form field `fileInfo`: the JSON of an object for the first file, of an array for several, or the field
 * repeated. A file without one is kept as it came.
 *
 * @throws {RequestValidationError} when it is no such JSON, says something else, or is for more files than came
 */
export function parseFileInfos(fileInfo: unknown, files: number): FileInfo[] {
  if (fileInfo === undefined) return [];
  const infos = [fileInfo].flat().flatMap((text) => parseJson(text));
  if (infos.length > files) {
    throw RequestValidationError.at(['fileInfo'], `fileInfo is for ${infos.length} files, but ${files} came`);
  }
  return infos.map(checkFileInfo);
}

/** An array of objects of plain values, and some to spare: a refusal repeats what was sent, level by level. */
const MOST_LEVELS = 10;

function parseJson(text: unknown): unknown {
  try {
    const info: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    if (info !== undefined && !isDeeperThan(MOST_LEVELS, info)) return info;
  } catch {
    // Told below, as what is no text at all.
  }
  throw RequestValidationError.at(['fileInfo'], 'fileInfo must be JSON such as {"name": "photo.png"}', text);
}

type Checked = string | number | boolean | object;

/** What each key must be: a problem in words, or null. */
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
  // A file cannot be without a name: null is none of its own.
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

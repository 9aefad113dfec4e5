import { RequestValidationError } from '../../http/envelope-error.js';
import { isDeeperThan } from '../../http/json-depth.js';
import { fileNameProblem } from './file-name.js';

/** What a request says of one of its files. */
export interface FileInfo {
  /** What it is to be called, instead of its own name. */
  name?: string;
}

/**
 * Reads the form field `fileInfo`: the JSON of an object for the first file, of an array for several, or the field
 * repeated. A file without one is kept as it came.
 *
 * @throws {RequestValidationError} when it is no such JSON, says something else, or is for more files than came
 */
export function fileInfosIn(fileInfo: unknown, files: number): FileInfo[] {
  if (fileInfo === undefined) return [];
  const infos = [fileInfo].flat().flatMap((text) => jsonIn(text));
  if (infos.length > files) {
    throw RequestValidationError.at(['fileInfo'], `fileInfo is for ${infos.length} files, but ${files} came`);
  }
  return infos.map(checked);
}

/** An array of objects of plain values, and some to spare: a refusal repeats what was sent, level by level. */
const MOST_LEVELS = 10;

function jsonIn(text: unknown): unknown {
  try {
    const info: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    if (info !== undefined && !isDeeperThan(MOST_LEVELS, info)) return info;
  } catch {
    // Told below, as what is no text at all.
  }
  throw RequestValidationError.at(['fileInfo'], 'fileInfo must be JSON such as {"name": "photo.png"}', text);
}

function checked(info: unknown): FileInfo {
  if (info === null) return {};
  if (typeof info !== 'object' || Array.isArray(info)) {
    throw RequestValidationError.at(
      ['fileInfo'],
      'fileInfo must be an object such as {"name": "photo.png"}',
      info,
    );
  }
  const { name, ...others } = info as Record<string, unknown>;
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    const message = `this field has unspecified keys: ${unknown.join(', ')}`;
    throw RequestValidationError.at(['fileInfo'], message);
  }
  if (name === undefined || name === null) return {};
  const problem = typeof name === 'string' ? fileNameProblem(name) : 'a file name must be text';
  if (problem !== null) throw RequestValidationError.at(['fileInfo', 'name'], problem, name);
  return { name: name as string };
}

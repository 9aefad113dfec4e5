import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { parse } from 'yaml';
import { LIST_KEYS, Settings } from './settings.js';

/** A setting is invalid. The message names its key. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Tree = { [key: string]: unknown };

/** Keys by which the file for development opens routes to callers without a token. */
const OPENING_KEYS: readonly string[] = ['content', 'metrics'];

/**
 * Loads the settings: `default.yaml`, overridden by the file of the environment, by environment variables, and by
 * `over`. Without NODE_ENV nobody has said that this is development: on a HOST that other machines reach, the file for it
 * opens no route.
 *
 * @param env the environment variables
 * @param folder the folder of the YAML files
 * @param over settings that override all others
 * @throws {SettingsError} when a key is unknown, missing or of the wrong type; the message names it
 */
export function loadSettings(env: NodeJS.ProcessEnv, folder: string, over: Tree = {}): Settings {
  const environment = env['NODE_ENV'] || 'development';
  const defaults = readYaml(join(folder, 'default.yaml'));
  const ofEnvironment = join(folder, `${environment}.yaml`);
  const chosen = existsSync(ofEnvironment) ? readYaml(ofEnvironment) : {};
  const host = env['HOST'] ?? merge(defaults, chosen)['host'];
  const isReachable = !env['NODE_ENV'] && !isLoopbackHost(host);
  const merged = merge(defaults, isReachable ? withoutOpenRoutes(chosen) : chosen);
  const tree = { ...merge(overlayEnvironment(merged, env, []), over), environment };

  const settings = plainToInstance(Settings, tree);
  const [error] = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true });
  if (error) throw new SettingsError(describeError(error, []));
  return settings;
}

/** Converts the path of a key to its environment variable: `webhooks.timeoutMs` to `WEBHOOKS_TIMEOUT_MS`. */
export function toVariableName(path: string[]): string {
  return path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_');
}

function readYaml(file: string): Tree {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SettingsError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (content === null || content === undefined) return {};
  if (!isTree(content)) throw new SettingsError(`${file} must hold keys and values.`);
  return content;
}

function isLoopbackHost(host: unknown): boolean {
  return typeof host === 'string' && /^(127(\.\d{1,3}){3}|::1|localhost)$/i.test(host);
}

function withoutOpenRoutes(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => !OPENING_KEYS.includes(key)));
}

function merge(base: Tree, over: Tree): Tree {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

function overlayEnvironment(tree: Tree, env: NodeJS.ProcessEnv, path: string[]): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => {
      const here = [...path, key];
      const text = env[toVariableName(here)];
      if (text !== undefined) return [key, parseVariable(text, value, here)];
      return [key, isTree(value) ? overlayEnvironment(value, env, here) : value];
    }),
  );
}

/** Parses a variable's text as the type of the value that it overrides. */
function parseVariable(text: string, replaced: unknown, path: string[]): unknown {
  if (replaced === null) return text === '' ? null : text;
  if (typeof replaced === 'string') return text;
  if (LIST_KEYS.has(path.join('.'))) {
    return text.trim() === '' ? [] : text.split(',').map((part) => parseNumber(part.trim()));
  }
  if (typeof replaced === 'number') return parseNumber(text);
  if (typeof replaced === 'boolean')
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingsError(`${toVariableName(path)} (${path.join('.')}) must be JSON.`);
  }
}

function parseNumber(text: string): number | string {
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : text;
}

function describeError(error: ValidationError, path: string[]): string {
  const here = [...path, error.property];
  const [child] = error.children ?? [];
  if (child) return describeError(child, here);
  const broken = Object.entries(error.constraints ?? {});
  // A wrong type is reported before a broken bound: "too large" does not help if the value is no number.
  const [constraint, message] = broken.find(([name]) => /^is[A-Z]/.test(name)) ??
    broken[0] ?? ['', 'is not valid'];
  const key = here.join('.');
  if (constraint === 'whitelistValidation')
    return `The setting "${key}" is unknown. Look it up in config/default.yaml.`;
  return `The setting "${key}" (environment: ${toVariableName(here)}) is wrong: ${message}.`;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

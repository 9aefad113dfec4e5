import { DEFAULT_PREFIX } from '../database/prefixed-runner.js';

/** The options that name the tables of an embedded Posthorn, for `parseArgs`. */
export const PREFIX_OPTIONS = { prefix: { type: 'string' }, 'entity-prefix': { type: 'string' } } as const;

/**
 * The names of the tables begin with the `entityPrefix` of the host's data source and the `tablePrefix` of the module.
 *
 * @returns both together; undefined where neither is given
 */
export function readPrefix(values: { prefix?: string; 'entity-prefix'?: string }): string | undefined {
  const { prefix, 'entity-prefix': entityPrefix } = values;
  if (prefix === undefined && entityPrefix === undefined) return undefined;
  return (entityPrefix ?? '') + (prefix ?? DEFAULT_PREFIX);
}

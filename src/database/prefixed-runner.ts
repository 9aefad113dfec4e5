import { type QueryRunner, Table, type TableIndex } from 'typeorm';

/** The default prefix of Posthorn's tables in a host's database. */
export const DEFAULT_PREFIX = 'posthorn_';

/** The longest prefix: MySQL allows 64 characters, and the longest name without a prefix has 44. */
export const LONGEST_PREFIX = 20;

/** Tables of the standalone program, which a host does not have: migrations with a prefix skip them. */
const STANDALONE_TABLES = new Set(['files', 'file_links']);

const PREFIX = Symbol('posthorn.prefix');

/** The methods of a query runner whose first argument is a table or its name. */
const TABLE_METHODS = new Set<PropertyKey>([
  'hasTable',
  'hasColumn',
  'getTable',
  'createTable',
  'dropTable',
  'addColumn',
  'addColumns',
  'changeColumn',
  'dropColumn',
  'dropColumns',
  'createIndex',
  'createIndices',
  'dropIndex',
  'dropIndices',
]);

/** The results for a skipped table: it exists, and has every column. */
const SKIPPED_RESULTS: Partial<Record<PropertyKey, unknown>> = { hasTable: true, hasColumn: true };

/**
 * Wraps a query runner so that it adds a prefix to the names of tables and indices: migrations are written once, for
 * names without a prefix. Statements of text name their tables by {@link addPrefix}.
 */
export function wrapWithPrefix(runner: QueryRunner, prefix: string): QueryRunner {
  return new Proxy(runner, {
    get(target, property): unknown {
      if (property === PREFIX) return prefix;
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (!TABLE_METHODS.has(property)) return value.bind(target) as unknown;
      return async (first: Table | string, ...rest: unknown[]) => {
        if (STANDALONE_TABLES.has(nameOf(first))) return SKIPPED_RESULTS[property];
        const result: unknown = await Reflect.apply(value, target, [
          prefixTable(first, prefix),
          ...rest.map((one) => prefixIndices(one, prefix)),
        ]);
        return property === 'getTable' ? removePrefix(result as Table | undefined, prefix) : result;
      };
    },
  });
}

/** Adds the runner's prefix to a table's name and quotes it, for a statement of text in a migration. */
export function addPrefix(runner: QueryRunner, table: string): string {
  const { [PREFIX]: prefix = '' } = runner as unknown as { [PREFIX]?: string };
  return `\`${prefix}${table}\``;
}

function nameOf(table: Table | string): string {
  return typeof table === 'string' ? table : table.name;
}

function prefixTable(table: Table | string, prefix: string): Table | string {
  if (typeof table === 'string') return prefix + table;
  const copy = table.clone();
  copy.name = prefix + table.name;
  copy.indices = table.indices.map((index) => prefixIndices(index, prefix) as TableIndex);
  return copy;
}

/** In SQLite all indices share one namespace, so they get the prefix too. */
function prefixIndices(argument: unknown, prefix: string): unknown {
  if (Array.isArray(argument)) return argument.map((one) => prefixIndices(one, prefix));
  if (!isIndex(argument)) return argument;
  const copy = argument.clone();
  copy.name = prefix + (argument.name ?? '');
  return copy;
}

function isIndex(argument: unknown): argument is TableIndex {
  return (argument as { '@instanceof'?: unknown } | null)?.['@instanceof'] === Symbol.for('TableIndex');
}

function removePrefix(table: Table | undefined, prefix: string): Table | undefined {
  if (!table) return undefined;
  const copy = table.clone();
  for (const index of copy.indices) {
    if (index.name?.startsWith(prefix)) index.name = index.name.slice(prefix.length);
  }
  return copy;
}

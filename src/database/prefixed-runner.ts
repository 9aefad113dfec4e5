import { type QueryRunner, Table, type TableIndex } from 'typeorm';

/** What our tables' names begin with in a host's database, unless told. */
export const DEFAULT_PREFIX = 'posthorn_';

/** The longest prefix: MySQL's names end at 64 characters, and ours are up to 44 long. */
export const LONGEST_PREFIX = 20;

/** Tables of content and media, which a host has not: what migrations do to them is left out under a prefix. */
const STANDALONE_TABLES = new Set(['files', 'file_links']);

const PREFIX = Symbol('posthorn.prefix');

/** What migrations call with a table, or its name, first. */
const OF_A_TABLE = new Set<PropertyKey>([
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

/** What migrations ask: of a table that is left out the answer is that it is as it should be. */
const ANSWERS: Partial<Record<PropertyKey, unknown>> = { hasTable: true, hasColumn: true };

/**
 * A query runner for which tables have their names without the prefix: migrations are written once, and make the same
 * tables under whatever prefix a host wants. Statements in text name their tables by {@link prefixedName}.
 */
export function prefixedRunner(runner: QueryRunner, prefix: string): QueryRunner {
  return new Proxy(runner, {
    get(target, property): unknown {
      if (property === PREFIX) return prefix;
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (!OF_A_TABLE.has(property)) return value.bind(target) as unknown;
      return async (first: Table | string, ...rest: unknown[]) => {
        if (STANDALONE_TABLES.has(nameOf(first))) return ANSWERS[property];
        const result: unknown = await Reflect.apply(value, target, [
          named(first, prefix),
          ...rest.map((one) => withPrefix(one, prefix)),
        ]);
        return property === 'getTable' ? bare(result as Table | undefined, prefix) : result;
      };
    },
  });
}

/** A table's name, quoted, for a statement in a migration. */
export function prefixedName(runner: QueryRunner, table: string): string {
  const { [PREFIX]: prefix = '' } = runner as unknown as { [PREFIX]?: string };
  return `\`${prefix}${table}\``;
}

function nameOf(table: Table | string): string {
  return typeof table === 'string' ? table : table.name;
}

function named(table: Table | string, prefix: string): Table | string {
  if (typeof table === 'string') return prefix + table;
  const copy = table.clone();
  copy.name = prefix + table.name;
  copy.indices = table.indices.map((index) => withPrefix(index, prefix) as TableIndex);
  return copy;
}

/** SQLite's indices share one room of names, so they have the prefix too. */
function withPrefix(argument: unknown, prefix: string): unknown {
  if (Array.isArray(argument)) return argument.map((one) => withPrefix(one, prefix));
  if (!isIndex(argument)) return argument;
  const copy = argument.clone();
  copy.name = prefix + (argument.name ?? '');
  return copy;
}

function isIndex(argument: unknown): argument is TableIndex {
  return (argument as { '@instanceof'?: unknown } | null)?.['@instanceof'] === Symbol.for('TableIndex');
}

function bare(table: Table | undefined, prefix: string): Table | undefined {
  if (!table) return undefined;
  const copy = table.clone();
  for (const index of copy.indices) {
    if (index.name?.startsWith(prefix)) index.name = index.name.slice(prefix.length);
  }
  return copy;
}

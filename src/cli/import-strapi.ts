import { parseArgs } from 'node:util';
import { type ImportedWebhook, WebhookImports } from '../webhooks/imports/webhook-imports.js';
import { type Command, CommandError, type CommandHost } from './command.js';
import { readStrapiWebhooks } from './strapi-source.js';

const USAGE = `Usage: posthorn import-strapi --from DATABASE [--dry-run] [--source NAME]

Takes over the webhooks of a Strapi project, from its table strapi_webhooks, in one transaction: all or none. A second
run updates only the webhooks that were changed in Strapi since. Nothing is changed in Strapi.

  --from DATABASE  its database: a SQLite file, or mysql://user:password@host:3306/name
  --dry-run        prints what it would do, and changes nothing
  --source NAME    the prefix of the ids, ${'`strapi`'} by default: webhook 7 becomes strapi-7. Use a different one for
                   each Strapi project

They are written to the database of this server's settings (DATABASE_URL, DATA_DIR …), which is migrated first. Each
gets a signing secret of its own, which GET /admin/webhooks/:id/secret shows.

Exits with 0 after an import or a dry run, even if single webhooks were skipped, and with 1 if it failed.`;

interface Options {
  from: string;
  isDryRun: boolean;
  source: string;
}

/** `posthorn import-strapi`: imports the webhooks of a Strapi project. */
export const importStrapiCommand: Command = {
  name: 'import-strapi',
  summary: "Takes over a Strapi project's webhooks.",
  usage: USAGE,
  run: async (args, host) => {
    const { from, source, isDryRun } = parseOptions(args);
    const read = await readStrapiWebhooks(from);
    const imported = await host.withApplication((application) =>
      application.get(WebhookImports, { strict: false }).import(read.rows, { source, isDryRun }),
    );
    printReport(imported, read.source, isDryRun, host);
  },
};

function parseOptions(args: string[]): Options {
  const { from, source, ...flags } = parseArguments(args);
  if (from === undefined || from === '') {
    throw new CommandError('Say where the webhooks are: --from PATH of a SQLite file, or --from mysql://…');
  }
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(source)) {
    throw new CommandError('--source must be 1 to 32 small letters, digits and dashes, such as "shop".');
  }
  return { from, source, isDryRun: flags['dry-run'] };
}

function parseArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        from: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        source: { type: 'string', default: 'strapi' },
      },
    }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn import-strapi --help shows the options.`);
  }
}

const OUTCOMES = ['created', 'updated', 'unchanged', 'skipped'] as const;

function printReport(
  imported: readonly ImportedWebhook[],
  source: string,
  isDryRun: boolean,
  { print }: CommandHost,
): void {
  for (const { outcome, id, name, notes } of imported) {
    const why = notes.length === 0 ? '' : `: ${notes.join('; ')}`;
    print(`${outcome.padEnd(9)}  ${id}  ${JSON.stringify(name)}${why}`);
  }
  const counts = OUTCOMES.map(
    (outcome) => `${imported.filter((one) => one.outcome === outcome).length} ${outcome}`,
  );
  print(`${imported.length} webhooks in ${source}: ${counts.join(', ')}.`);
  if (isDryRun) print('Nothing was changed: this was a dry run.');
  else if (imported.some(({ outcome }) => outcome === 'created')) {
    print('Each new one signs with a secret of its own: GET /admin/webhooks/:id/secret shows it.');
  }
}

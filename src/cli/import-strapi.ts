import { parseArgs } from 'node:util';
import { DEFAULT_FORMAT, FORMAT_NAMES } from '../webhooks/formats/render-body.js';
import { noteBlockedHosts } from '../webhooks/imports/blocked-hosts.js';
import { type ImportedWebhook, WebhookImports } from '../webhooks/imports/webhook-imports.js';
import { WEBHOOKS_OPTIONS, type WebhooksOptions } from '../webhooks/webhooks-options.js';
import { type Command, CommandError, type CommandHost } from './command.js';
import { maskCredentials } from './mask-credentials.js';
import { readStrapiWebhooks } from './strapi-source.js';

const USAGE = `Usage: posthorn import-strapi --from SOURCE [--dry-run] [--source NAME] [--format NAME]

Takes over the webhooks of a Strapi project, from its table strapi_webhooks, in one transaction: all or none. A second
run brings over only what was changed in Strapi since, whether a webhook is enabled too, and tells which were deleted
there. Nothing is changed in Strapi.

  --from SOURCE  its database: a SQLite file, mysql://user:password@host:3306/name or
                 postgres://user:password@host:5432/name (?schema=…&sslmode=require; needs npm install pg);
                 or a JSON file with the answer of Strapi's GET /admin/webhooks
  --dry-run      prints what it would do, and changes nothing
  --source NAME  the prefix of the ids, ${'`strapi`'} by default: webhook 7 becomes strapi-7. Use a different one for
                 each Strapi project
  --format NAME  the format of those that are new here: strapi-v5 by default for a database of Strapi 5, else strapi-v3

They are written to the database of this server's settings (DATABASE_URL, DATA_DIR …), which is migrated first. Each
gets a signing secret of its own, which GET /admin/webhooks/:id/secret shows.

Exits with 0 after an import or a dry run, even if single webhooks were skipped, and with 1 if it failed.`;

interface Options {
  from: string;
  isDryRun: boolean;
  source: string;
  /** Null: that of Strapi's version. */
  format: string | null;
}

/** `posthorn import-strapi`: imports the webhooks of a Strapi project. */
export const importStrapiCommand: Command = {
  name: 'import-strapi',
  summary: "Takes over a Strapi project's webhooks.",
  usage: USAGE,
  run: async (args, host) => {
    const { from, source, isDryRun, format: asked } = parseOptions(args);
    const read = await readStrapiWebhooks(from);
    const format = asked ?? (read.isStrapi5 ? 'strapi-v5' : DEFAULT_FORMAT);
    const imported = await host.withApplication(async (application) => {
      const imports = application.get(WebhookImports, { strict: false });
      const webhooks = await imports.import(read.rows, { source, isDryRun, format });
      const { allowedNetworks } = application.get<WebhooksOptions>(WEBHOOKS_OPTIONS, { strict: false });
      return noteBlockedHosts(webhooks, allowedNetworks);
    });
    printReport(imported, read.source, host);
    if (format !== DEFAULT_FORMAT && imported.some(({ outcome }) => outcome === 'created')) {
      host.print(`The new ones ${isDryRun ? 'would ' : ''}send ${format} bodies.`);
    }
    printEnd(imported, isDryRun, host);
  },
};

function parseOptions(args: string[]): Options {
  const { from, source, format = null, ...flags } = parseArguments(args);
  if (from === undefined || from === '') {
    throw new CommandError(
      'Say where the webhooks are: --from PATH of a SQLite or JSON file, mysql://… or postgres://…',
    );
  }
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(source)) {
    throw new CommandError('--source must be 1 to 32 small letters, digits and dashes, such as "shop".');
  }
  if (format !== null && !FORMAT_NAMES.includes(format)) {
    throw new CommandError(`--format must be one of: ${FORMAT_NAMES.join(', ')}.`);
  }
  return { from, source, format, isDryRun: flags['dry-run'] };
}

function parseArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        from: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        source: { type: 'string', default: 'strapi' },
        format: { type: 'string' },
      },
    }).values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(
      `${maskCredentials(sentence ?? '')} posthorn import-strapi --help shows the options.`,
    );
  }
}

const OUTCOMES = ['created', 'updated', 'unchanged', 'skipped', 'deleted'] as const;

function printReport(imported: readonly ImportedWebhook[], source: string, { print }: CommandHost): void {
  for (const { outcome, id, name, notes } of imported) {
    const why = notes.length === 0 ? '' : `: ${notes.join('; ')}`;
    print(`${outcome.padEnd(9)}  ${id}  ${JSON.stringify(name)}${why}`);
  }
  const counts = OUTCOMES.map((outcome) => ({
    outcome,
    count: imported.filter((one) => one.outcome === outcome).length,
  }));
  const told = counts
    .filter(({ outcome, count }) => outcome !== 'deleted' || count > 0)
    .map(({ outcome, count }) => `${count} ${outcome}${outcome === 'deleted' ? ' there' : ''}`);
  const there = imported.filter(({ outcome }) => outcome !== 'deleted').length;
  print(`${there} webhooks in ${source}: ${told.join(', ')}.`);
}

function printEnd(imported: readonly ImportedWebhook[], isDryRun: boolean, { print }: CommandHost): void {
  if (isDryRun) print('Nothing was changed: this was a dry run.');
  else if (imported.some(({ outcome }) => outcome === 'created')) {
    print('Each new one signs with a secret of its own: GET /admin/webhooks/:id/secret shows it.');
  }
}

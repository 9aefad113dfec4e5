import { type Command, CommandError, type CommandHost } from './command.js';
import { archiveCommand } from './archive.js';
import { checkSchemasCommand } from './check-schemas.js';
import { importStrapiCommand } from './import-strapi.js';
import { migrateCommand } from './migrate.js';
import { resealCommand } from './reseal.js';
import { sqlCommand } from './sql.js';
import { statusCommand } from './status.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  archiveCommand,
  checkSchemasCommand,
  importStrapiCommand,
  migrateCommand,
  resealCommand,
  sqlCommand,
  statusCommand,
];

/**
 * Runs the command that the first argument names; `--help` lists all commands.
 *
 * @param args the arguments after `posthorn`
 * @throws {CommandError} when the command is unknown or fails
 */
export async function runCommand(
  args: readonly string[],
  host: CommandHost,
  commands: readonly Command[] = COMMANDS,
): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    for (const line of buildHelp(commands)) host.print(line);
    return;
  }
  const command = commands.find((each) => each.name === name);
  if (!command) {
    throw new CommandError(`There is no command "${name}". posthorn --help lists all commands.`);
  }
  if (rest.includes('--help') || rest.includes('-h')) host.print(command.usage);
  else await command.run(rest, host);
}

function buildHelp(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: posthorn COMMAND [OPTIONS]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'posthorn COMMAND --help describes a command. The settings are those of the server: DATABASE_URL, DATA_DIR …',
  ];
}

import { type Command, CommandError, type CommandHost } from './command.js';
import { importStrapiCommand } from './import-strapi.js';
import { resealCommand } from './reseal.js';
import { sql } from './sql.js';
import { status } from './status.js';

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [importStrapiCommand, resealCommand, sql, status];

/**
 * Runs the command that the arguments name; `--help` shows what there is.
 *
 * @param args what stands behind `posthorn`
 * @throws {CommandError} when there is no such command, or it cannot be carried out
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
    throw new CommandError(`There is no command "${name}". posthorn --help shows what there is.`);
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
    'posthorn COMMAND --help tells more of a command. The settings are those of the server: DATABASE_URL, DATA_DIR …',
  ];
}

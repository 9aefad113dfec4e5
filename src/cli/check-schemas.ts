import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ContentTypeError } from '../content/content-type-error.js';
import { readContentTypes, type ReadContentTypes } from '../content/schema-files/read-content-types.js';
import type { SchemaNoteKind } from '../content/schema-files/schema-report.js';
import { CONFIG_FOLDER } from '../package.js';
import { loadSettings } from '../settings/load-settings.js';
import { type Command, CommandError, type CommandHost } from './command.js';

const USAGE = `Usage: posthorn check-schemas PATH [--leave-out NAMES]

Reads the content types and components of a Strapi project and prints what this server makes of them, one line each:

  refused    stops the start
  left out   is not served
  different  is served in another way than by Strapi
  ignored    a key that has no effect here

  PATH         the project's folder, its src/api, or a folder of plain schema files
  --leave-out  names with commas, instead of those of the setting content.leaveOut

Changes nothing and opens no database. Exits with 1 when something is refused.`;

const WORDS: Record<SchemaNoteKind, string> = {
  'left-out': 'left out',
  different: 'different',
  ignored: 'ignored',
};

/** `posthorn check-schemas`: tells what this server makes of a Strapi project's content types. */
export const checkSchemasCommand: Command = {
  name: 'check-schemas',
  summary: 'Tells what of a Strapi project’s content types is refused, left out or different.',
  usage: USAGE,
  run: async (args, host) => {
    const { path, leaveOut } = parseArguments(args);
    const folder = resolve(path);
    const { content } = loadSettings(process.env, CONFIG_FOLDER);
    const read = readProject(folder, leaveOut ?? content.leaveOut, content.privateAttributes);
    printReport(read, folder, host);
    const { length } = read.report.faults;
    if (length > 0) {
      throw new CommandError(
        `${length === 1 ? 'One fault stops' : `${length} faults stop`} the start. Correct them, or name what is not to be served in content.leaveOut.`,
      );
    }
  },
};

function readProject(
  folder: string,
  leaveOut: readonly string[],
  privateAttributes: readonly string[],
): ReadContentTypes {
  try {
    return readContentTypes(folder, { leaveOut, privateAttributes });
  } catch (error) {
    if (error instanceof ContentTypeError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

function parseArguments(args: string[]): { path: string; leaveOut: string[] | null } {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { 'leave-out': { type: 'string' } },
      allowPositionals: true,
    });
    const [path, ...others] = positionals;
    if (path === undefined || others.length > 0) throw new Error('Say one folder.');
    const names = values['leave-out'];
    return { path, leaveOut: names === undefined ? null : names.split(',').map((name) => name.trim()) };
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn check-schemas --help shows the options.`);
  }
}

function printReport(
  { types, components, report }: ReadContentTypes,
  folder: string,
  host: CommandHost,
): void {
  const shorten = (text: string) => text.replaceAll(`${folder}/`, '');
  for (const { message } of report.faults) host.print(`${'refused'.padEnd(9)}  ${shorten(message)}`);
  const kinds = Object.entries(WORDS) as [SchemaNoteKind, string][];
  const counts = kinds.map(([kind, word]) => {
    const notes = report.notes.filter((note) => note.kind === kind);
    for (const { file, attribute, text } of notes) {
      const place =
        attribute === null ? relative(folder, file) : `${relative(folder, file)}, attribute "${attribute}"`;
      host.print(`${word.padEnd(9)}  ${place}: ${text}`);
    }
    return `${notes.length} ${word}`;
  });
  host.print(
    `${types.length} content types and ${components.size} components: ${report.faults.length} refused, ${counts.join(', ')}.`,
  );
}

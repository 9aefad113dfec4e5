import { parseArgs } from 'node:util';
import { ArchiveError } from '../archive/archive-error.js';
import { findArchiveUrlProblem } from '../archive/archive-url.js';
import { ArchiveCatalogue } from '../archive/catalogue.js';
import { findInArchive } from '../archive/find-in-archive.js';
import { openArchive } from '../archive/open-archive.js';
import { CONFIG_FOLDER } from '../package.js';
import { loadSettings } from '../settings/load-settings.js';
import { type Command, CommandError } from './command.js';

const USAGE = `Usage: posthorn archive read --id ID [--url URL]

Prints one delivery of the archive, or an event with all its deliveries, as JSON: the event with its data and bodies, the
deliveries with their attempts. The hash of each part that is read is compared. It exits with 1 where there is none.

  --id   the id of a delivery or of an event
  --url  the archive, as in the setting archive.url, which it is by default: file:///PATH or s3://BUCKET/PREFIX`;

/** `posthorn archive read`: finds a delivery in the archive. */
export const archiveCommand: Command = {
  name: 'archive',
  summary: 'Finds a delivery, or an event with its deliveries, in the archive of removed history.',
  usage: USAGE,
  run: async (args, { print }) => {
    const { id, url } = parseOptions(args);
    try {
      const found = await findInArchive(new ArchiveCatalogue(await openArchive(url)), id);
      if (!found.event && found.deliveries.length === 0) {
        throw new CommandError(`The archive ${url} has no event and no delivery with the id ${id}.`);
      }
      print(JSON.stringify(found, null, 2));
    } catch (error) {
      throw error instanceof ArchiveError ? new CommandError(error.message) : error;
    }
  },
};

function parseOptions(args: string[]): { id: string; url: string } {
  const { id, url } = readArguments(args);
  if (id === undefined) throw new CommandError('archive read needs the --id of a delivery or of an event.');
  const place = url ?? loadSettings(process.env, CONFIG_FOLDER).archive.url;
  if (place === null) {
    throw new CommandError('There is no archive: give its --url, or set archive.url (ARCHIVE_URL).');
  }
  const problem = findArchiveUrlProblem(place);
  if (problem !== null) throw new CommandError(`The URL of the archive ${problem}.`);
  return { id, url: place };
}

function readArguments(args: string[]): { id?: string | undefined; url?: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { id: { type: 'string' }, url: { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.join(' ') === 'read') return values;
  } catch (error) {
    const [sentence] = (error as Error).message.split('\n');
    throw new CommandError(`${sentence} posthorn archive --help shows the options.`);
  }
  throw new CommandError('posthorn archive does one thing: posthorn archive read --id ID.');
}

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadContentTypes } from '../../src/content/schema-files/load-content-types.js';
import { buildContentTablesStep } from '../../src/content/tables/content-tables.js';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { openDatabase } from '../../src/database/open-database.js';
import { PACKAGE_ROOT } from '../../src/package.js';
import { testSettings } from './start-app.js';
import { testFolder } from './test-folder.js';

/**
 * Makes a file once a run and gives its path; of test files that want it at the same time one makes it.
 *
 * @param make writes the file under a path that it is given
 */
export async function makeTemplate(name: string, make: (file: string) => Promise<void>): Promise<string> {
  const file = join(testFolder(), `template-${name}`);
  const lock = `${file}.lock`;
  while (!existsSync(file)) {
    if (!(await tryLock(lock))) {
      await wait(20);
      continue;
    }
    try {
      if (existsSync(file)) break;
      await make(`${file}.new`);
      await rename(`${file}.new`, file);
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
  return file;
}

/** Brings a database up to date, with the tables of the content types of config/, as a start of the program does. */
export async function migrate(url: string): Promise<void> {
  const dataDir = await mkdtemp(join(testFolder(), 'template-data-'));
  const { content } = testSettings(url, dataDir);
  const types = loadContentTypes(resolve(PACKAGE_ROOT, content.types), () => undefined);
  const dataSource = await openDatabase(dataSourceOptions({ url, dataDir, poolSize: 2 }, []), [
    buildContentTablesStep(types),
  ]);
  await dataSource.destroy();
  await rm(dataDir, { recursive: true, force: true });
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

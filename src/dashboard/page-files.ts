import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError } from '../http/envelope-error.js';
import { DASHBOARD_OPTIONS, type DashboardOptions } from './dashboard-options.js';

const INDEX = 'index.html';

/** The built page's files. Only what was found in its folder is served, whatever a URL says. */
@Injectable()
export class PageFiles {
  private names: ReadonlySet<string> | null = null;

  constructor(@Inject(DASHBOARD_OPTIONS) private readonly options: DashboardOptions) {}

  get folder(): string {
    return this.options.folder;
  }

  /** Whether there is such a file beside the page itself. */
  async has(name: string): Promise<boolean> {
    this.names ??= await this.found();
    return this.names.has(name) && name !== INDEX;
  }

  /**
   * The page as it was built.
   *
   * @throws {NotFoundError} when it was not
   */
  async index(): Promise<string> {
    try {
      const text = await readFile(join(this.folder, INDEX), 'utf8');
      // It may have been built anew, with other files.
      this.names = null;
      return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new NotFoundError('The page was not built. Build it with: npm run build');
    }
  }

  private async found(): Promise<Set<string>> {
    try {
      const entries = await readdir(this.folder, { withFileTypes: true, recursive: true });
      return new Set(
        entries
          .filter((entry) => entry.isFile())
          .map((entry) => relative(this.folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return new Set();
    }
  }
}

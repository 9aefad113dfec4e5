import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError } from '../http/envelope-error.js';
import { DASHBOARD_OPTIONS, type DashboardOptions } from './dashboard-options.js';

const INDEX = 'index.html';

/** The files of the built page. Only names that were listed in its folder are served (no path traversal). */
@Injectable()
export class PageFiles {
  private names: ReadonlySet<string> | null = null;

  constructor(@Inject(DASHBOARD_OPTIONS) private readonly options: DashboardOptions) {}

  /** The folder of the files. */
  get folder(): string {
    return this.options.folder;
  }

  /** Whether the folder has a file of this name, other than the page itself. */
  async has(name: string): Promise<boolean> {
    this.names ??= await this.listFiles();
    return this.names.has(name) && name !== INDEX;
  }

  /**
   * Reads the built page.
   *
   * @throws {NotFoundError} when the page was not built
   */
  async index(): Promise<string> {
    try {
      const text = await readFile(join(this.folder, INDEX), 'utf8');
      // A new build has other files: list them again.
      this.names = null;
      return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new NotFoundError('The page was not built. Build it with: npm run build');
    }
  }

  private async listFiles(): Promise<Set<string>> {
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

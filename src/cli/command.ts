import type { INestApplicationContext } from '@nestjs/common';

/** A command failed. Only its message is printed: the reason and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The environment of a command. */
export interface CommandHost {
  /** Prints a line of the command's output. */
  print(line: string): void;
  /**
   * Starts the configured application with a migrated database, without a server and without the worker, runs `work`,
   * and closes the application.
   */
  withApplication<T>(work: (application: INestApplicationContext) => Promise<T>): Promise<T>;
}

/** A command of `posthorn`. */
export interface Command {
  /** `import-strapi` */
  name: string;
  /** One sentence: what it does. */
  summary: string;
  /** The text of `--help`. */
  usage: string;
  /** @throws {CommandError} when the command fails */
  run(args: string[], host: CommandHost): Promise<void>;
}

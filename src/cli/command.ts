import type { INestApplicationContext } from '@nestjs/common';

/** A command cannot be carried out. Its message says why and what to do, and nothing else is shown. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** What a command works with. */
export interface CommandHost {
  /** Prints a line of what the command is asked for. */
  print(line: string): void;
  /**
   * Starts the configured application without listening and without sending, its database migrated, and closes it
   * after the work.
   */
  withApplication<T>(work: (application: INestApplicationContext) => Promise<T>): Promise<T>;
}

/** A command of `posthorn`. */
export interface Command {
  /** `import-strapi` */
  name: string;
  /** One sentence: what it does. */
  summary: string;
  /** The whole of its help. */
  usage: string;
  /** @throws {CommandError} */
  run(args: string[], host: CommandHost): Promise<void>;
}

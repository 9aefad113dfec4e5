#!/usr/bin/env node
import { NestFactory } from '@nestjs/core';
import { describeStartupError } from './app/standalone/startup-errors.js';
import { CommandError, type CommandHost } from './cli/command.js';
import { runCommand } from './cli/run-command.js';
import { ConsoleLogger } from './operations/logging/console-logger.js';
import { CONFIG_FOLDER } from './package.js';
import { loadSettings } from './settings/load-settings.js';

const host: CommandHost = {
  print: (line) => process.stdout.write(`${line}\n`),
  withApplication: async (work) => {
    const settings = loadSettings(process.env, CONFIG_FOLDER);
    // Imported only here: a host that prints its tables does not have every dependency of the standalone program.
    const { createAppModule } = await import('./app/standalone/create-app.js');
    // A command sends no deliveries; the servers do.
    settings.delivery.worker = false;
    const application = await NestFactory.createApplicationContext(createAppModule(settings), {
      logger: new ConsoleLogger('error'),
      // Nest's own log of a failed start is dropped: the line below explains it better.
      bufferLogs: true,
      autoFlushLogs: false,
      abortOnError: false,
    });
    application.flushLogs();
    try {
      return await work(application);
    } finally {
      await application.close();
    }
  },
};

try {
  await runCommand(process.argv.slice(2), host);
} catch (error) {
  const stack = error instanceof Error ? error.stack : String(error);
  const reason = error instanceof CommandError ? error.message : describeStartupError(error);
  process.stderr.write(`posthorn: ${reason ?? stack}\n`);
  process.exitCode = 1;
}

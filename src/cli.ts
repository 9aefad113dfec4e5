#!/usr/bin/env node
import { NestFactory } from '@nestjs/core';
import { CommandError, type CommandHost } from './cli/command.js';
import { runCommand } from './cli/run-command.js';
import { ConsoleLogger } from './operations/logging/console-logger.js';
import { CONFIG_FOLDER } from './package.js';
import { loadSettings } from './settings/load-settings.js';
import { startFault } from './app/standalone/startup-errors.js';

const host: CommandHost = {
  print: (line) => process.stdout.write(`${line}\n`),
  withApplication: async (work) => {
    const settings = loadSettings(process.env, CONFIG_FOLDER);
    // A host that asks for its tables has not all that the standalone server is made of.
    const { appModule } = await import('./app/standalone/create-app.js');
    // Whoever runs a command sends nothing, and finds no retries: the servers do.
    settings.delivery.worker = false;
    const application = await NestFactory.createApplicationContext(appModule(settings), {
      logger: new ConsoleLogger('error'),
      // What Nest says of a start that fails is kept back: the one line below says it better.
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
  const fault = error instanceof CommandError ? error.message : startFault(error);
  process.stderr.write(`posthorn: ${fault ?? stack}\n`);
  process.exitCode = 1;
}

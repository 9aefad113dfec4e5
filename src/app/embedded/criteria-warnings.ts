import { Logger } from '@nestjs/common';
import { CODE_FOLDER } from '../../package.js';
import type { EntityVerb } from './emits-webhooks.js';

/** Frames of a stack that are read: TypeORM puts about ten between a repository and its subscribers. */
const STACK_FRAMES = 40;

/** Warns of statements by criteria, which announce nothing: once for each entity, kind of change and place in the code. */
export class CriteriaWarnings {
  private readonly logger = new Logger('Webhooks');
  private readonly warned = new Set<string>();

  /** @param entity the name of its class */
  warn(entity: string, verb: EntityVerb): void {
    const place = findPlace();
    const what = `${entity} ${verb} ${place}`;
    if (this.warned.has(what)) return;
    this.warned.add(what);
    this.logger.warn(
      `${entity} was changed by criteria (${verb}) at ${place}: no event is recorded, because TypeORM does not say which rows changed. Use save(), remove(), softRemove() or recover(). This is logged once for each place.`,
    );
  }
}

/** Finds the statement of the host's code that is being run: the innermost frame that is in no package. */
function findPlace(): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = STACK_FRAMES;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  // Source maps give the files of packages other names, so that only the frames themselves tell them apart.
  Error.prepareStackTrace = (_, frames) => frames;
  const frames = new Error().stack as unknown as NodeJS.CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  const place = frames.findIndex((frame) => isOfHost(frame.getFileName()));
  return lines[place]?.replace(/^\s*at (?:async )?/, '') ?? 'an unknown place';
}

function isOfHost(file: string | null | undefined): boolean {
  return Boolean(file) && !/node_modules|^node:/.test(file ?? '') && !file?.includes(CODE_FOLDER);
}

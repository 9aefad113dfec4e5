import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { allOf, Optional, ofType, Check, required } from '../../http/checks.js';
import { compileFilter, type FilterProgram } from '../../webhooks/filters/compile-filter.js';
import { FilterError, type FilterPosition } from '../../webhooks/filters/filter-error.js';
import { EventHistory } from '../history/event-history.js';

export class FilterCheckBody {
  /** CEL, as a webhook's `filter`. */
  @Check(ofType('string'))
  filter!: string;

  /** A recorded event to try it on. */
  @Optional()
  @Check(allOf(required, ofType('string')))
  eventId?: string;
}

/** What became of a filter that was tried. */
export interface FilterCheck {
  /** Whether it can be saved. */
  valid: boolean;
  /** Whether the event would be delivered; left out without an event, or where the filter is not valid. */
  matches?: boolean;
  /** Why it does not match, or failed over the event, in words. */
  reason?: string;
  /** What is wrong with it, and where. */
  error?: FilterPosition & { message: string };
}

/** Tries filters out, for whoever writes one. */
@Controller('admin/webhooks')
export class FilterCheckController {
  constructor(private readonly events: EventHistory) {}

  @Post('filter/check')
  @HttpCode(200)
  @RequiresScope('webhooks:read')
  async check(
    @Body() { filter, eventId }: FilterCheckBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: FilterCheck }> {
    const event = eventId === undefined ? null : await this.events.recorded(eventId, tenant);
    const program = programOf(filter);
    if (program instanceof FilterError) {
      return { data: { valid: false, error: { message: program.message, ...program.position } } };
    }
    if (event === null) return { data: { valid: true } };
    const result = program.evaluate(event);
    if (result.kind === 'failed') return { data: { valid: true, matches: true, reason: result.message } };
    if (result.kind === 'matches') return { data: { valid: true, matches: true } };
    const { missing } = result;
    return { data: { valid: true, matches: false, ...(missing === undefined ? {} : { reason: missing }) } };
  }
}

function programOf(filter: string): FilterProgram | FilterError {
  try {
    return compileFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

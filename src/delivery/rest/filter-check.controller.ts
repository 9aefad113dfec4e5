import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { allOf, Optional, ofType, Check, identifier, required } from '../../http/checks.js';
import { checkFilter } from '../../webhooks/filters/check-filter.js';
import { FilterError, type FilterPosition } from '../../webhooks/filters/filter-error.js';
import { FilterEvaluator } from '../fan-out/filter-evaluator.js';
import { EventHistory } from '../history/event-history.js';

export class FilterCheckBody {
  /** CEL, as a webhook's `filter`. */
  @Check(ofType('string'))
  filter!: string;

  /** The id of a recorded event to evaluate the filter over. */
  @Optional()
  @Check(allOf(required, ofType('string'), identifier))
  eventId?: string;
}

/** The result of a filter check. */
export interface FilterCheck {
  /** Whether the filter compiles, so that it can be saved. */
  valid: boolean;
  /** Whether the event would be delivered; absent without an event, and for an invalid filter. */
  matches?: boolean;
  /** Why the event does not match, or why the evaluation failed, a sentence. */
  reason?: string;
  /** The error of an invalid filter, with its position. */
  error?: FilterPosition & { message: string };
}

/** Compiles a filter, and evaluates it over a recorded event, without saving it. */
@Controller('admin/webhooks')
export class FilterCheckController {
  constructor(
    private readonly events: EventHistory,
    private readonly filters: FilterEvaluator,
  ) {}

  @Post('filter/check')
  @HttpCode(200)
  @RequiresScope('webhooks:read')
  async check(
    @Body() { filter, eventId }: FilterCheckBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: FilterCheck }> {
    const event =
      eventId === undefined ? null : await this.events.findRecorded(eventId, tenant, 'may-be-behind');
    const error = findError(filter);
    if (error !== null)
      return { data: { valid: false, error: { message: error.message, ...error.position } } };
    if (event === null) return { data: { valid: true } };
    const result = await this.filters.tryOut(filter, event, tenant);
    if (result.kind === 'failed') return { data: { valid: true, matches: true, reason: result.message } };
    if (result.kind === 'matches') return { data: { valid: true, matches: true } };
    const { missing } = result;
    return { data: { valid: true, matches: false, ...(missing === undefined ? {} : { reason: missing }) } };
  }
}

function findError(filter: string): FilterError | null {
  try {
    checkFilter(filter);
    return null;
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

import { Controller, Get, Query } from '@nestjs/common';
import { IsOptional, IsString, Length } from 'class-validator';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { type CursorPage, readLimit, tellBehind } from '../../http/pagination.js';
import { Overview, type OverviewView } from '../rollups/overview.js';
import { ReceiverHealth, type ReceiverHealthView } from '../rollups/receiver-health.js';

/** The query of the overview. */
export class OverviewQuery {
  /** How far back it goes: 1, 6, 24 or 168. Default: 24. */
  @IsOptional()
  @IsString({ message: 'hours must be one number' })
  hours?: string;
}

/** Webhooks of an answer without `limit`, as many as in the list of webhooks. */
const MOST_UNPAGED = 1_000;

/** The query of the health of webhooks. */
export class WebhookHealthQuery {
  @IsOptional()
  @IsString({ message: 'limit must be one number' })
  limit?: string;

  /** The `nextCursor` of an earlier page. */
  @IsOptional()
  @IsString({ message: 'cursor must be one cursor' })
  @Length(1, 64, { message: 'cursor must be the nextCursor of an earlier page' })
  cursor?: string;
}

/** Shows the overview and the health of the webhooks. */
@Controller('admin')
export class OverviewController {
  constructor(
    private readonly overview: Overview,
    private readonly health: ReceiverHealth,
  ) {}

  @Get('overview')
  @RequiresScope('deliveries:read')
  async ofAll(
    @Query() { hours }: OverviewQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: OverviewView; meta?: { secondsBehind?: number } }> {
    const { value: data, secondsBehind } = await this.overview.build(hours, tenant);
    return secondsBehind === null ? { data } : { data, meta: { secondsBehind } };
  }

  @Get('webhooks/health')
  @RequiresScope('webhooks:read')
  async ofWebhooks(
    @Query() { limit, cursor }: WebhookHealthQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<CursorPage<ReceiverHealthView>> {
    const most = limit === undefined ? MOST_UNPAGED : readLimit(limit);
    const page = { limit: most, ...(cursor === undefined ? {} : { after: cursor }) };
    const { data, next, secondsBehind } = await this.health.list(page, tenant);
    return tellBehind({ value: { data, meta: { nextCursor: next } }, secondsBehind });
  }
}

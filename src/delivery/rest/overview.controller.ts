import { Controller, Get, Query } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { Overview, type OverviewView } from '../rollups/overview.js';
import { ReceiverHealth, type ReceiverHealthView } from '../rollups/receiver-health.js';

/** The query of the overview. */
export class OverviewQuery {
  /** How far back it goes: 1, 6, 24 or 168. Default: 24. */
  @IsOptional()
  @IsString({ message: 'hours must be one number' })
  hours?: string;
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
  ): Promise<{ data: OverviewView }> {
    return { data: await this.overview.build(hours, tenant) };
  }

  @Get('webhooks/health')
  @RequiresScope('webhooks:read')
  async ofWebhooks(@CurrentCaller() { tenant }: Caller): Promise<{ data: ReceiverHealthView[] }> {
    return { data: await this.health.list(tenant) };
  }
}

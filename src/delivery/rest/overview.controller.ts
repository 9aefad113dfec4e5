import { Controller, Get, Query } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { Overview, type OverviewView } from '../rollups/overview.js';
import { ReceiverHealth, type ReceiverHealthView } from '../rollups/receiver-health.js';

/** How far back the overview goes. */
export class OverviewQuery {
  /** 1, 6, 24 or 168; left out: 24. */
  @IsOptional()
  @IsString({ message: 'hours must be one number' })
  hours?: string;
}

/** How it goes at large. */
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
    return { data: await this.overview.of(hours, tenant) };
  }

  @Get('webhooks/health')
  @RequiresScope('webhooks:read')
  async ofWebhooks(@CurrentCaller() { tenant }: Caller): Promise<{ data: ReceiverHealthView[] }> {
    return { data: await this.health.of(tenant) };
  }
}

import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { AnswersAtOnce, RequiresScope } from '../../auth/scopes.js';
import { ForbiddenError } from '../../http/envelope-error.js';
import { Metrics } from './metrics.js';

/** The endpoint that Prometheus scrapes. */
@ApiTags('Operations')
@AnswersAtOnce()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** @throws {ForbiddenError} for the token of a tenant, because the metrics count all tenants */
  @Get()
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'Figures in Prometheus’ text format.', schema: { type: 'string' } })
  @RequiresScope('metrics:read')
  async read(@CurrentCaller() { tenant }: Caller, @Res() response: Response): Promise<void> {
    if (tenant !== null) {
      throw new ForbiddenError('The metrics are of everyone: a token of one tenant cannot read them.');
    }
    const text = await this.metrics.text();
    response.set('Cache-Control', 'no-store').type(this.metrics.contentType).send(text);
  }
}

import { Controller, Get, HttpStatus, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, TypeOrmHealthIndicator } from '@nestjs/terminus';
import { Public } from '../auth/scopes.js';
import { EnvelopeError } from '../http/envelope-error.js';

/** When the database takes longer to answer, this instance counts as not ready, milliseconds. */
const PING_TIMEOUT_MS = 3_000;

/** Liveness and readiness probes for load balancers and orchestrators. */
@ApiTags('Operations')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
  ) {}

  /** Liveness: the process runs and answers. */
  @Get('live')
  @ApiOkResponse({ description: 'The process runs and answers.' })
  live() {
    return { status: 'ok' };
  }

  /** Readiness: the database answers too. The size of the backlog does not matter. */
  @Get('ready')
  @ApiOkResponse({ description: 'The database answers.' })
  @ApiServiceUnavailableResponse({ description: 'The database does not answer.' })
  async ready() {
    try {
      const { details } = await this.health.check([
        () => this.database.pingCheck('database', { timeout: PING_TIMEOUT_MS }),
      ]);
      return { status: 'ok', details };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      throw new EnvelopeError(
        HttpStatus.SERVICE_UNAVAILABLE,
        'ServiceUnavailableError',
        'The database does not answer.',
      );
    }
  }
}

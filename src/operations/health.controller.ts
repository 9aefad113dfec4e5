import { Controller, Get, HttpStatus, ServiceUnavailableException } from '@nestjs/common';
import { ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService } from '@nestjs/terminus';
import { Public } from '../auth/scopes.js';
import { EnvelopeError } from '../http/envelope-error.js';
import { DatabaseProbe } from './database-probe.js';
import { SendingProblems } from './sending-problems.js';

/** When the database takes longer to answer, this instance counts as not ready, milliseconds. */
const PING_TIMEOUT_MS = 3_000;

const NO_ANSWER = 'The database does not answer.';

/** Liveness and readiness probes for load balancers and orchestrators. */
@ApiTags('Operations')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseProbe,
    private readonly sending: SendingProblems,
  ) {}

  /** Liveness: the process runs and answers. */
  @Get('live')
  @ApiOkResponse({ description: 'The process runs and answers.' })
  live() {
    return { status: 'ok' };
  }

  /**
   * Readiness: the database answers too, and can be written to. The size of the backlog does not matter. An instance that
   * answers requests and cannot send through a fault of its own stays ready, because no other instance may do better: its
   * status is `degraded`, with a sentence for each problem.
   */
  @Get('ready')
  @ApiOkResponse({
    description:
      'The database answers and can be written to. `degraded`: this instance cannot send to some webhooks.',
  })
  @ApiServiceUnavailableResponse({ description: 'The database does not answer, or is read-only.' })
  async ready() {
    let problem: string | null = null;
    try {
      const { details } = await this.health.check([
        async () => {
          problem = await this.findProblem();
          return { database: { status: problem === null ? 'up' : 'down' } };
        },
      ]);
      const problems = await this.sending.read();
      return problems.length === 0 ? { status: 'ok', details } : { status: 'degraded', details, problems };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      throw new EnvelopeError(
        HttpStatus.SERVICE_UNAVAILABLE,
        'ServiceUnavailableError',
        problem ?? NO_ANSWER,
      );
    }
  }

  private async findProblem(): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(NO_ANSWER), PING_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.database.check(), late]);
    } catch {
      return NO_ANSWER;
    } finally {
      clearTimeout(timer);
    }
  }
}

import type { ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { Clock } from '../../host/clock.js';
import { RequiresScope } from '../../auth/scopes.js';
import { StreamReaders } from '../live-updates/stream-readers.js';

/** Streams live updates. */
@Controller('admin/stream')
export class StreamController {
  constructor(
    private readonly readers: StreamReaders,
    private readonly clock: Clock,
  ) {}

  /** Server-sent events: `delivery`, `many` and `webhook`. The stream ends after 15 minutes, or with its token; clients then reconnect. */
  @Get()
  @ApiProduces('text/event-stream')
  @RequiresScope('deliveries:read')
  async stream(@CurrentCaller() caller: Caller, @Res() response: ServerResponse): Promise<void> {
    const { tenant, expiresAt = null } = caller;
    await this.readers.add(response, tenant, expiresAt === null ? Infinity : expiresAt - this.clock.now());
  }
}

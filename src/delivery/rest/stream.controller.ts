import type { ServerResponse } from 'node:http';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { StreamReaders } from '../live-updates/stream-readers.js';

/** Streams live updates. */
@Controller('admin/stream')
export class StreamController {
  constructor(private readonly readers: StreamReaders) {}

  /** Server-sent events: `delivery`, `many` and `webhook`. The stream ends after 15 minutes; clients then reconnect. */
  @Get()
  @ApiProduces('text/event-stream')
  @RequiresScope('deliveries:read')
  async stream(@CurrentCaller() { tenant }: Caller, @Res() response: ServerResponse): Promise<void> {
    await this.readers.add(response, tenant);
  }
}

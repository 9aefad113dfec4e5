import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { PageQuery } from '../../http/page-query.dto.js';
import type { CursorPage } from '../../http/pagination.js';
import { Erasures } from '../erasure/erasures.js';
import type { ErasureView } from '../erasure/erasure-view.js';
import { EraseBody } from './erase.dto.js';

/** Erases a person's data from events, bodies and attempts, in the background. */
@Controller('admin')
export class ErasuresController {
  constructor(private readonly erasures: Erasures) {}

  @Post('erase')
  @Audited('erasure.start')
  @HttpCode(202)
  @RequiresScope('erase:write')
  async start(
    @Body() body: EraseBody,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: { id: string } }> {
    return { data: await this.erasures.start(body, tenant) };
  }

  @Get('erasures')
  @RequiresScope('erase:write')
  async list(
    @Query() page: PageQuery,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<CursorPage<ErasureView>> {
    return this.erasures.list(page, tenant);
  }

  @Get('erasures/:id')
  @RequiresScope('erase:write')
  async progress(
    @Param('id') id: string,
    @CurrentCaller() { tenant }: Caller,
  ): Promise<{ data: ErasureView }> {
    return { data: await this.erasures.find(id, tenant) };
  }
}

import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { Audited } from '../../auth/audit.js';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { readIdsToDelete } from './ids-to-delete.js';
import { CreateWebhookBody, PatchWebhookBody, ReplaceWebhookBody } from './webhook-body.dto.js';
import { readSelection, WebhookListQuery } from './webhook-list-query.dto.js';
import { WebhookCalls } from './webhook-calls.js';
import type { WebhookView } from './webhook-view.js';

interface Answer<T> {
  data: T;
}

/** Strapi's answer where the list is whole and nothing was asked; else with what leads to the next page. */
interface WebhookListAnswer extends Answer<WebhookView[]> {
  meta?: { nextCursor: string | null };
}

/** The admin routes of webhooks: Strapi's, and `enable` and `disable` beside them. */
@Controller('admin/webhooks')
export class WebhooksController {
  constructor(private readonly calls: WebhookCalls) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @RequiresScope('webhooks:read')
  async list(@Query() query: WebhookListQuery, @CurrentCaller() caller: Caller): Promise<WebhookListAnswer> {
    const { data, meta } = await this.calls.list(readSelection(query), caller);
    const isStrapis = meta.nextCursor === null && Object.values(query).every((value) => value === undefined);
    return isStrapis ? { data } : { data, meta };
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.create')
  @RequiresScope('webhooks:create')
  async create(
    @Body() body: CreateWebhookBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<WebhookView & { secret: string }>> {
    return { data: await this.calls.create(body, caller) };
  }

  @Post('batch-delete')
  @Audited('webhook.delete')
  @HttpCode(200)
  @RequiresScope('webhooks:delete')
  async removeMany(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<(string | number)[]>> {
    const { ids, asSent } = readIdsToDelete(body);
    await this.calls.removeMany(ids, caller);
    return { data: asSent };
  }

  @Get(':id')
  @Header('Cache-Control', 'no-store')
  @RequiresScope('webhooks:read')
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.calls.get(id, caller) };
  }

  @Put(':id')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.update')
  @RequiresScope('webhooks:update')
  async replace(
    @Param('id') id: string,
    @Body() body: ReplaceWebhookBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<WebhookView>> {
    return { data: await this.calls.replace(id, body, caller) };
  }

  @Patch(':id')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.update')
  @RequiresScope('webhooks:update')
  async patch(
    @Param('id') id: string,
    @Body() body: PatchWebhookBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<WebhookView>> {
    return { data: await this.calls.patch(id, body.toChanges(), caller) };
  }

  @Delete(':id')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.delete')
  @RequiresScope('webhooks:delete')
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.calls.remove(id, caller) };
  }

  @Post(':id/enable')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.enable')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async enable(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.calls.setEnabled(id, true, caller) };
  }

  @Post(':id/disable')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.disable')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async disable(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.calls.setEnabled(id, false, caller) };
  }
}

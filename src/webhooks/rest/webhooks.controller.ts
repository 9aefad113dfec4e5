import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { Audited } from '../../http/audited.js';
import { type Caller, CurrentCaller } from '../../http/caller.js';
import { RequiresScope } from '../../http/requires-scope.js';
import type { WebhookEntity } from '../webhook.entity.js';
import { WebhookDirectory } from '../registrations/webhook-directory.js';
import { WebhookRegistrations } from '../registrations/webhook-registrations.js';
import { idsToDelete } from './ids-to-delete.js';
import { CreateWebhookBody, ReplaceWebhookBody } from './webhook-body.dto.js';
import { toView, type WebhookView } from './webhook-view.js';

interface Answer<T> {
  data: T;
}

/** The admin routes of webhooks: Strapi's, and ours beside them. */
@Controller('admin/webhooks')
export class WebhooksController {
  constructor(
    private readonly directory: WebhookDirectory,
    private readonly registrations: WebhookRegistrations,
  ) {}

  @Get()
  @RequiresScope('webhooks:read')
  async list(@CurrentCaller() caller: Caller): Promise<Answer<WebhookView[]>> {
    const webhooks = await this.directory.list(caller.tenant);
    const ids = webhooks.map(({ id }) => id);
    const health = await this.directory.healthOf(ids);
    const handshakes = await this.directory.handshakesOf(ids);
    return {
      data: webhooks.map((webhook) =>
        toView(webhook, health.get(webhook.id) ?? null, handshakes.get(webhook.id) ?? null),
      ),
    };
  }

  @Post()
  @Audited('webhook.create')
  @RequiresScope('webhooks:create')
  async create(
    @Body() body: CreateWebhookBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<WebhookView & { secret: string }>> {
    const { webhook, secret } = await this.registrations.create(body, caller.tenant);
    return { data: { ...toView(webhook, null), secret } };
  }

  @Post('batch-delete')
  @Audited('webhook.delete')
  @HttpCode(200)
  @RequiresScope('webhooks:delete')
  async removeMany(
    @Body() body: unknown,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<(string | number)[]>> {
    const { ids, asSent } = idsToDelete(body);
    await this.registrations.removeMany(ids, caller.tenant);
    return { data: asSent };
  }

  @Get(':id')
  @RequiresScope('webhooks:read')
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.view(await this.directory.get(id, caller.tenant)) };
  }

  @Put(':id')
  @Audited('webhook.update')
  @RequiresScope('webhooks:update')
  async replace(
    @Param('id') id: string,
    @Body() body: ReplaceWebhookBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<WebhookView>> {
    return { data: await this.view(await this.registrations.replace(id, body, caller.tenant)) };
  }

  @Delete(':id')
  @Audited('webhook.delete')
  @RequiresScope('webhooks:delete')
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.view(await this.registrations.remove(id, caller.tenant)) };
  }

  @Post(':id/enable')
  @Audited('webhook.enable')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async enable(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.view(await this.registrations.setEnabled(id, true, caller.tenant)) };
  }

  @Post(':id/disable')
  @Audited('webhook.disable')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async disable(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.view(await this.registrations.setEnabled(id, false, caller.tenant)) };
  }

  /** `previous` is what still signs beside the secret; nothing does until secrets can be rotated. */
  @Get(':id/secret')
  @RequiresScope('secrets:read')
  async secret(
    @Param('id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<{ secret: string; previous: never[] }>> {
    return { data: { secret: await this.directory.secretOf(id, caller.tenant), previous: [] } };
  }

  private async view(webhook: WebhookEntity): Promise<WebhookView> {
    const health = await this.directory.healthOf([webhook.id]);
    const handshakes = await this.directory.handshakesOf([webhook.id]);
    return toView(webhook, health.get(webhook.id) ?? null, handshakes.get(webhook.id) ?? null);
  }
}

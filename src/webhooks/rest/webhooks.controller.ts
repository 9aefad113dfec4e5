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
import { hasScope, RequiresScope } from '../../auth/scopes.js';
import { RequestValidationError } from '../../http/envelope-error.js';
import { WebhookQueries } from '../registrations/webhook-queries.js';
import { WebhookService } from '../registrations/webhook.service.js';
import { readIdsToDelete } from './ids-to-delete.js';
import { CreateWebhookBody, PatchWebhookBody, ReplaceWebhookBody } from './webhook-body.dto.js';
import { readSelection, WebhookListQuery } from './webhook-list-query.dto.js';
import type { WebhookView } from './webhook-view.js';
import { WebhookPresenter } from './webhook-presenter.js';

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
  constructor(
    private readonly queries: WebhookQueries,
    private readonly service: WebhookService,
    private readonly presenter: WebhookPresenter,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @RequiresScope('webhooks:read')
  async list(@Query() query: WebhookListQuery, @CurrentCaller() caller: Caller): Promise<WebhookListAnswer> {
    const { webhooks, next } = await this.queries.listPage(readSelection(query), caller.tenant);
    const data = await this.presenter.presentAll(webhooks, caller);
    const isStrapis = next === null && Object.values(query).every((value) => value === undefined);
    return isStrapis ? { data } : { data, meta: { nextCursor: next } };
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.create')
  @RequiresScope('webhooks:create')
  async create(
    @Body() body: CreateWebhookBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<WebhookView & { secret: string }>> {
    const { webhook, secret } = await this.service.create(body, caller.tenant);
    return { data: { ...(await this.presenter.present(webhook, caller)), secret } };
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
    await this.service.removeMany(ids, caller.tenant);
    return { data: asSent };
  }

  @Get(':id')
  @Header('Cache-Control', 'no-store')
  @RequiresScope('webhooks:read')
  async get(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.presenter.present(await this.queries.get(id, caller.tenant), caller) };
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
    checkSameId(body, id);
    const maySeeSecrets = hasScope(caller.scopes, 'secrets:read');
    const webhook = await this.service.replace(id, body, caller.tenant, maySeeSecrets);
    return { data: await this.presenter.present(webhook, caller) };
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
    checkSameId(body, id);
    const maySeeSecrets = hasScope(caller.scopes, 'secrets:read');
    const webhook = await this.service.patch(id, body.toChanges(), caller.tenant, maySeeSecrets);
    return { data: await this.presenter.present(webhook, caller) };
  }

  @Delete(':id')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.delete')
  @RequiresScope('webhooks:delete')
  async remove(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return { data: await this.presenter.present(await this.service.remove(id, caller.tenant), caller) };
  }

  @Post(':id/enable')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.enable')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async enable(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return {
      data: await this.presenter.present(await this.service.setEnabled(id, true, caller.tenant), caller),
    };
  }

  @Post(':id/disable')
  @Header('Cache-Control', 'no-store')
  @Audited('webhook.disable')
  @HttpCode(200)
  @RequiresScope('webhooks:update')
  async disable(@Param('id') id: string, @CurrentCaller() caller: Caller): Promise<Answer<WebhookView>> {
    return {
      data: await this.presenter.present(await this.service.setEnabled(id, false, caller.tenant), caller),
    };
  }
}

/** @throws {RequestValidationError} when the body names another webhook than the path */
function checkSameId({ id }: ReplaceWebhookBody, idOfPath: string): void {
  if (id === undefined || String(id) === idOfPath) return;
  throw RequestValidationError.at(['id'], 'id must be that of the path, or left out');
}

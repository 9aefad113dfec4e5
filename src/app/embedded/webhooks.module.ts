import { Module } from '@nestjs/common';
import { ConfigurableModuleClass } from './module-definition.js';

/**
 * Posthorn inside a host's application: recording, sending, the history and the admin routes.
 *
 * ```ts
 * TypeOrmModule.forRoot({ …, entities: [Order, ...webhooksEntities()] }),
 * WebhooksModule.forRoot({ secretsKey: process.env.SECRETS_KEY, guards: [AdminsOnly], migrate: true }),
 * ```
 */
@Module({})
export class WebhooksModule extends ConfigurableModuleClass {}

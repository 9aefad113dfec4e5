import { Module } from '@nestjs/common';
import { WebhooksModule } from 'posthorn';
import { AdminsOnly } from './admins-only.guard.js';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [
    WebhooksModule.forRoot({
      databaseUrl: process.env['DATABASE_URL'] ?? '',
      secretsKey: process.env['SECRETS_KEY'] ?? '',
      worker: process.env['WORKER'] !== 'off',
      webhooks: { allowedNetworks: '127.0.0.0/8' },
      guards: [AdminsOnly],
      migrate: true,
    }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}

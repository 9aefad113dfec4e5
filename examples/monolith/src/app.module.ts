import { Module } from '@nestjs/common';
import { ClsPluginTransactional, TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { ClsModule } from 'nestjs-cls';
import { webhooksEntities, WebhooksModule } from 'posthorn';
import { AdminsOnly } from './admins-only.guard.js';
import { Counters } from './counters.js';
import { Customer } from './customers/customer.entity.js';
import { CustomersController } from './customers/customers.controller.js';
import { Order } from './orders/order.entity.js';
import { OrdersController } from './orders/orders.controller.js';
import { OrdersService } from './orders/orders.service.js';

@Module({
  imports: [
    EventEmitterModule.forRoot(),
    ScheduleModule.forRoot(),
    ClsModule.forRoot({
      global: true,
      plugins: [
        new ClsPluginTransactional({
          imports: [TypeOrmModule],
          adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: getDataSourceToken() }),
        }),
      ],
    }),
    TypeOrmModule.forRoot({
      type: 'mysql',
      url: process.env['DATABASE_URL'] ?? '',
      entities: [Customer, Order, ...webhooksEntities()],
      synchronize: true,
    }),
    WebhooksModule.forRootAsync({
      guards: [AdminsOnly],
      routePrefix: 'internal',
      migrate: true,
      inject: [TransactionHost],
      useFactory: (transactions: TransactionHost<TransactionalAdapterTypeOrm>) => ({
        secretsKey: process.env['SECRETS_KEY'] ?? '',
        worker: process.env['WORKER'] !== 'off',
        eventTypes: [{ name: 'order.placed', description: 'An order was placed.' }],
        webhooks: { allowedNetworks: '127.0.0.0/8' },
        manager: () => transactions.tx,
      }),
    }),
  ],
  controllers: [CustomersController, OrdersController],
  providers: [Counters, OrdersService],
})
export class AppModule {}

import '../events.js';
import { Injectable } from '@nestjs/common';
import { Transactional } from '@nestjs-cls/transactional';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { InjectDataSource } from '@nestjs/typeorm';
import { WebhookEvent, WebhookPublisher } from 'posthorn';
import { DataSource } from 'typeorm';
import { TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { Order } from './order.entity.js';

@Injectable()
export class OrdersService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly emitter: EventEmitter2,
    private readonly publisher: WebhookPublisher,
    private readonly transactions: TransactionHost<TransactionalAdapterTypeOrm>,
  ) {}

  /** By the event emitter, in this transaction. */
  async place(total: number, failsAfterwards: boolean): Promise<Order> {
    return this.dataSource.transaction(async (manager) => {
      const order = await manager.save(Order, { total, state: 'placed' });
      await this.emitter.emitAsync(
        'order.placed',
        new WebhookEvent(
          { type: 'order.placed', data: { order: order.id, total }, key: String(order.id) },
          manager,
        ),
      );
      if (failsAfterwards) throw new Error('The warehouse said no.');
      return order;
    });
  }

  /** By the publisher, in the transaction that @Transactional() opens. */
  @Transactional()
  async ship(id: number, carrier: string, failsAfterwards: boolean): Promise<void> {
    await this.transactions.tx.update(Order, { id }, { state: 'shipped' });
    await this.publisher.publish({ type: 'order.shipped', data: { order: id, carrier }, key: String(id) });
    if (failsAfterwards) throw new Error('The carrier said no.');
  }
}

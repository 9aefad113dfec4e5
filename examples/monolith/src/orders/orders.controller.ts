import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { Counters } from '../counters.js';
import type { Order } from './order.entity.js';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly counters: Counters,
  ) {}

  @Post()
  async place(@Query('fail') fail?: string): Promise<Order> {
    return this.orders.place(42, fail !== undefined);
  }

  @Post(':id/ship')
  @HttpCode(204)
  async ship(@Param('id') id: string, @Query('fail') fail?: string): Promise<void> {
    await this.orders.ship(Number(id), 'post', fail !== undefined);
  }

  /** How often the host's own handlers ran. */
  @Get('counters')
  count(): { placed: number; ticks: number; seconds: number } {
    return this.counters.told();
  }
}

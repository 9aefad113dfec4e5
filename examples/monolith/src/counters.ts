import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Interval } from '@nestjs/schedule';

/** The host's own handlers: each runs once, whoever else uses its emitter and its schedule. */
@Injectable()
export class Counters implements OnApplicationBootstrap {
  private placed = 0;
  private ticks = 0;
  private startedAt = 0;

  onApplicationBootstrap(): void {
    this.startedAt = Date.now();
  }

  @OnEvent('order.placed')
  onPlaced(): void {
    this.placed += 1;
  }

  @Interval('shop.tick', 1_000)
  onTick(): void {
    this.ticks += 1;
  }

  told(): { placed: number; ticks: number; seconds: number } {
    const { placed, ticks, startedAt } = this;
    return { placed, ticks, seconds: (Date.now() - startedAt) / 1_000 };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { InjectDatabase } from '../../host/tokens.js';
import { ErasureEntity } from '../model/erasure.entity.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import type { Removal, RemovalResult } from './removal.js';
import { removeFinished } from './remove-finished.js';

/** Removes erasures that finished long ago: not before the tombstones that name them. */
@Injectable()
export class ErasureRemoval implements Removal {
  readonly what = 'erasures';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ClockSteps,
  ) {}

  get days(): number {
    const { deliveriesDays, payloadsDays } = this.options.retention;
    return deliveriesDays === 0 || payloadsDays === 0 ? 0 : Math.max(deliveriesDays, payloadsDays);
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    return removeFinished(this.dataSource, this.steps, ErasureEntity, before, from);
  }
}

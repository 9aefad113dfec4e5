import { Inject, Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ClockSteps } from '../../database/clock-steps.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import { RecoveryEntity } from '../model/recovery.entity.js';
import type { Removal, RemovalResult } from './removal.js';
import { removeFinished } from './remove-finished.js';
import { InjectDatabase } from '../../host/tokens.js';

/** Removes recoveries that finished long ago. */
@Injectable()
export class RecoveryRemoval implements Removal {
  readonly what = 'recoveries';

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly steps: ClockSteps,
  ) {}

  get days(): number {
    return this.options.retention.deliveriesDays;
  }

  async removeBatch(before: number, from: string): Promise<RemovalResult> {
    return removeFinished(this.dataSource, this.steps, RecoveryEntity, before, from);
  }
}

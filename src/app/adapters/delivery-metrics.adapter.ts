import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { conflictsOf } from '../../database/conflicts.js';
import { ReadReplica } from '../../database/read-replica.js';
import { isSuccess } from '../../delivery/model/attempt.js';
import {
  DeliveryHooks,
  type CreatedDelivery,
  type RecordedAttempt,
  type DeliveryRef,
  type DeliveryListener,
} from '../../delivery/model/delivery-hooks.js';
import { ADMISSION_OBSTACLES, type AdmissionObstacle } from '../../delivery/options/admission-limits.js';
import { readBacklog } from '../../delivery/rollups/backlog.js';
import { SendingState } from '../../delivery/rollups/sending-state.js';
import { WebhookCache } from '../../delivery/webhook-cache/webhook-cache.js';
import { DeliveryWorker } from '../../delivery/worker/delivery-worker.js';
import { Clock } from '../../host/clock.js';
import { timeOf } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import {
  DeliveryFigures,
  type Figures,
  type ReplicaFigures,
} from '../../operations/metrics/delivery-figures.js';
import { DatabaseProbe } from '../../operations/database-probe.js';
import { Metrics } from '../../operations/metrics/metrics.js';
import { SendingProblems } from '../../operations/sending-problems.js';
import { DataSourceProbe } from './database-probe.adapter.js';

/** Counts deliveries and attempts in the metrics. */
@Injectable()
export class DeliveryMetrics implements DeliveryListener, OnModuleInit {
  constructor(
    private readonly hooks: DeliveryHooks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.hooks.watch(this);
    this.admissionChanged(null);
  }

  fannedOut(events: readonly unknown[], deliveries: readonly CreatedDelivery[]): void {
    this.metrics.eventsFannedOut(events.length);
    for (const { webhook } of deliveries) this.metrics.deliveryMade(webhook.id);
  }

  attempted(recorded: readonly RecordedAttempt[]): void {
    for (const { outcome, ended } of recorded) {
      const { claim, attempt } = outcome;
      const webhookId = claim.webhook.id;
      // The time in an id is ahead after the clock was set back, and a latency is never negative.
      const latencyMs = claim.number === 1 ? Math.max(0, attempt.startedAt - timeOf(claim.eventId)) : null;
      this.metrics.attempted(webhookId, isSuccess(attempt), attempt.durationMs, latencyMs);
      if (ended !== null) this.metrics.deliveryEnded(webhookId, ended);
    }
  }

  ended(deliveries: readonly DeliveryRef[]): void {
    for (const { webhookId } of deliveries) this.metrics.deliveryEnded(webhookId, 'failed');
  }

  leasesLost(count: number): void {
    this.metrics.leasesLost(count);
  }

  refused(obstacle: AdmissionObstacle): void {
    this.metrics.eventRefused(obstacle);
  }

  admissionChanged(obstacle: AdmissionObstacle | null): void {
    for (const each of ADMISSION_OBSTACLES) this.metrics.setRecordingClosed(each, each === obstacle);
  }

  ownFault(code: string): void {
    this.metrics.ownFault(code);
  }
}

/** Reads the faults of this instance, and the webhooks that no key of it opens. */
@Injectable()
class FaultsOfThisInstance implements SendingProblems {
  constructor(private readonly state: SendingState) {}

  async read(): Promise<string[]> {
    return this.state.describeProblems();
  }
}

/** Reads the backlog through the indexes of due work alone. */
@Injectable()
class BacklogFigures implements DeliveryFigures {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly webhooks: WebhookCache,
    private readonly worker: DeliveryWorker,
    private readonly clock: Clock,
    private readonly readReplica: ReadReplica,
  ) {}

  replica(): ReplicaFigures | null {
    return this.readReplica.state;
  }

  conflicts(): number {
    return conflictsOf(this.dataSource);
  }

  async read(): Promise<Figures> {
    const { manager } = this.dataSource;
    const { byId, sendingPaused } = await this.webhooks.current(manager);
    const { pending, eventsToFanOut, oldestDueAt } = await readBacklog(manager, [...byId.keys()], null);
    const oldestDueMs = oldestDueAt === null ? 0 : Math.max(0, this.clock.now() - oldestDueAt);
    return { pending, eventsToFanOut, oldestDueMs, inFlight: this.worker.inFlight, sendingPaused };
  }
}

/** Provides the metrics and the readiness probe, with the adapters that read the database for them. */
@Module({})
export class DeliveryFiguresModule {
  /** @param modules the delivery and the registrations module: the same references that the application imports */
  static forRoot(modules: DynamicModule[]): DynamicModule {
    return {
      module: DeliveryFiguresModule,
      imports: modules,
      providers: [
        { provide: DeliveryFigures, useClass: BacklogFigures },
        { provide: SendingProblems, useClass: FaultsOfThisInstance },
        { provide: DatabaseProbe, useClass: DataSourceProbe },
        Metrics,
        DeliveryMetrics,
      ],
      exports: [Metrics, SendingProblems, DatabaseProbe],
    };
  }
}

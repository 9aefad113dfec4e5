import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Clock } from '../host/clock.js';
import { provideOptions, type OptionsSource } from '../host/options-source.js';
import { DATABASE } from '../host/tokens.js';
import { DiskSpace } from '../database/disk-space.js';
import { AdmissionControl } from './admission/admission-control.js';
import { AdmissionMonitor } from './admission/admission-monitor.js';
import { DeliveryClaimer } from './claiming/delivery-claimer.js';
import { RedeliveryClaimer } from './claiming/redelivery-claimer.js';
import { Leases } from './claiming/leases.js';
import { DELIVERY_OPTIONS, type DeliveryOptions, RANDOM } from './options/delivery-options.js';
import { FanOut } from './fan-out/fan-out.js';
import { FilterCounts } from './fan-out/filter-counts.js';
import { FilterEvaluator } from './fan-out/filter-evaluator.js';
import { LostKeys } from './webhook-cache/lost-keys.js';
import { WebhookCache } from './webhook-cache/webhook-cache.js';
import { ConsentScheduler } from './handshake/consent-scheduler.js';
import { ConsentRequest } from './handshake/consent-request.js';
import { HandshakeStore } from './handshake/handshake-store.js';
import { DeliveriesController } from './rest/deliveries.controller.js';
import { DeliveryHistory } from './history/delivery-history.js';
import { NextAttemptExplainer } from './history/explain-next-attempt.js';
import { EventHistory } from './history/event-history.js';
import { PublishedEvents } from './history/published-events.js';
import { DeliveryCalls } from './rest/delivery-calls.js';
import { EventCalls } from './rest/event-calls.js';
import { FilterCheckController } from './rest/filter-check.controller.js';
import { ManualDeliveries } from './redelivery/manual-deliveries.js';
import { SendingController } from './rest/sending.controller.js';
import { TestSend } from './redelivery/test-send.js';
import { TriggerController } from './rest/trigger.controller.js';
import { DeliveryCanceller } from './recovery/delivery-canceller.js';
import { MissedEvents } from './recovery/missed-events.js';
import { RecoverStep } from './recovery/recover-step.js';
import { Recoveries } from './recovery/recoveries.js';
import { RecoveriesController } from './rest/recoveries.controller.js';
import { RecoveryRunner } from './recovery/recovery-runner.js';
import { RedeliverStep } from './recovery/redeliver-step.js';
import { ArchiveEraser } from './erasure/archive-eraser.js';
import { ARCHIVED_OBJECTS, type ArchivedObjects, NO_ARCHIVE } from './erasure/archived-objects.js';
import { ErasureRunner } from './erasure/erasure-runner.js';
import { ErasureSteps } from './erasure/erasure-steps.js';
import { Erasures } from './erasure/erasures.js';
import { ErasuresController } from './rest/erasures.controller.js';
import { REMOVAL_PROVIDERS } from './retention/removals.js';
import { Retention } from './retention/retention.js';
import { ChangeLog } from './live-updates/change-log.js';
import { ChangeReader } from './live-updates/change-reader.js';
import { StrapiIntakeController } from './rest/strapi-intake.controller.js';
import { StreamController } from './rest/stream.controller.js';
import { StreamReaders } from './live-updates/stream-readers.js';
import { AttemptLog } from './rollups/attempt-log.js';
import { DeliveryHooks } from './model/delivery-hooks.js';
import { HandOff } from './model/hand-off.js';
import { Overview } from './rollups/overview.js';
import { OverviewController } from './rest/overview.controller.js';
import { ReceiverHealth } from './rollups/receiver-health.js';
import { RollupWriter } from './rollups/rollup-writer.js';
import { DueTimes } from './outcomes/set-back-due-times.js';
import { SendingState } from './rollups/sending-state.js';
import { DeliveryCloser } from './outcomes/delivery-closer.js';
import { HandOffRecorder } from './outcomes/hand-off-recorder.js';
import { OutcomeRecorder } from './outcomes/outcome-recorder.js';
import { RequestLog } from './outcomes/request-log.js';
import { OwnFaultHolds } from './outcomes/own-fault-holds.js';
import { CommitWatch } from './recording/commit-watch.js';
import { EventPublisher } from './recording/event-publisher.js';
import { EventQuota } from './recording/event-quota.js';
import { EventRecorder } from './recording/event-recorder.js';
import { PublicationCommitter } from './recording/publication-committer.js';
import { EventsController } from './rest/events.controller.js';
import { HostBreakers } from './health/host-breakers.js';
import { WebhookHealthTracker } from './health/webhook-health.js';
import { OrderingMonitor } from './recording/ordering.js';
import { AGENTS, Connections } from './sending/connections.js';
import { createMachineResolver } from './sending/names/machine-resolver.js';
import { NAME_RESOLVER } from './sending/names/name-resolver.js';
import { Tracing } from './tracing/tracing.js';
import { Sender } from './sending/sender.js';
import { AttemptMaker } from './worker/attempt-maker.js';
import { ClaimReturns } from './worker/claim-returns.js';
import { DeliveryWorker } from './worker/delivery-worker.js';
import { HandOffLedger } from './worker/hand-off-ledger.js';
import { HandOffPlanner } from './worker/hand-off-planner.js';
import { SendGate } from './worker/send-gate.js';
import { FanOutScheduler } from './worker/fan-out-scheduler.js';
import { WorkFinder } from './worker/work-finder.js';
import { OutcomeBuffer } from './worker/outcome-buffer.js';
import { Retrier } from './worker/worker-timers.js';
import { WebhookSignalsListener } from './worker/webhook-signals.listener.js';

/** The admin routes of deliveries and events. */
export const DELIVERY_CONTROLLERS: Type[] = [
  DeliveriesController,
  EventsController,
  StrapiIntakeController,
  SendingController,
  TriggerController,
  RecoveriesController,
  ErasuresController,
  FilterCheckController,
  OverviewController,
  StreamController,
];

/**
 * Records events, fans them out, sends the deliveries and keeps their history. It requires the module of the webhooks,
 * an event emitter and a schedule.
 */
@Module({})
export class DeliveryModule {
  /**
   * @param registrations the module of the webhooks, the same reference that the application imports
   * @param controllers replace {@link DELIVERY_CONTROLLERS}
   */
  static forRoot(
    options: OptionsSource<DeliveryOptions>,
    registrations: DynamicModule,
    controllers: Type[] = DELIVERY_CONTROLLERS,
  ): DynamicModule {
    return {
      module: DeliveryModule,
      imports: [registrations],
      controllers,
      providers: [
        provideOptions(DELIVERY_OPTIONS, options),
        { provide: RANDOM, useValue: Math.random },
        { provide: NAME_RESOLVER, useFactory: () => createMachineResolver() },
        { provide: AGENTS, useFactory: () => import('./sending/agents.js') },
        Connections,
        DeliveryHooks,
        HandOff,
        AttemptLog,
        Tracing,
        DiskSpace,
        AdmissionControl,
        AdmissionMonitor,
        CommitWatch,
        EventRecorder,
        EventPublisher,
        EventQuota,
        PublicationCommitter,
        WebhookCache,
        LostKeys,
        OrderingMonitor,
        WebhookHealthTracker,
        HostBreakers,
        FanOut,
        FilterEvaluator,
        FilterCounts,
        DeliveryClaimer,
        RedeliveryClaimer,
        Leases,
        Sender,
        RequestLog,
        OutcomeRecorder,
        HandOffRecorder,
        OwnFaultHolds,
        DeliveryCloser,
        DueTimes,
        OutcomeBuffer,
        FanOutScheduler,
        WorkFinder,
        SendGate,
        AttemptMaker,
        ClaimReturns,
        HandOffLedger,
        HandOffPlanner,
        DeliveryWorker,
        Retrier,
        WebhookSignalsListener,
        NextAttemptExplainer,
        DeliveryHistory,
        EventHistory,
        PublishedEvents,
        ManualDeliveries,
        TestSend,
        RedeliverStep,
        RecoverStep,
        MissedEvents,
        RecoveryRunner,
        Recoveries,
        DeliveryCanceller,
        {
          provide: ARCHIVED_OBJECTS,
          inject: [DELIVERY_OPTIONS, DATABASE, Clock],
          useFactory: (
            { archiveUrl }: DeliveryOptions,
            dataSource: DataSource,
            clock: Clock,
          ): ArchivedObjects =>
            archiveUrl === null ? NO_ARCHIVE : new ArchiveEraser(dataSource, archiveUrl, clock),
        },
        ErasureSteps,
        ErasureRunner,
        Erasures,
        ...REMOVAL_PROVIDERS,
        Retention,
        ChangeLog,
        ChangeReader,
        StreamReaders,
        RollupWriter,
        SendingState,
        Overview,
        ReceiverHealth,
        ConsentRequest,
        HandshakeStore,
        ConsentScheduler,
        DeliveryCalls,
        EventCalls,
      ],
      exports: [
        EventPublisher,
        EventRecorder,
        DeliveryWorker,
        DeliveryHooks,
        AdmissionControl,
        SendingState,
        WebhookCache,
        PublishedEvents,
        DeliveryCalls,
        EventCalls,
        Recoveries,
      ],
    };
  }
}

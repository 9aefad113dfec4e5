import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';

/** Health probes and metrics for operators. */
@Module({})
export class OperationsModule {
  /** @param figures a module that provides and exports `Metrics`, `SendingProblems` and `DatabaseProbe` */
  static forRoot(figures: DynamicModule): DynamicModule {
    return {
      module: OperationsModule,
      imports: [
        figures,
        // Terminus would log every failed probe, which the answer reports already.
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController, MetricsController],
    };
  }
}

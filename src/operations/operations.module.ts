import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';

/** What those who run the backend look at. Needs the data source. */
@Module({
  // Terminus would log every failed probe; the answer says it already.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
})
export class OperationsModule {}

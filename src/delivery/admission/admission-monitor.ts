import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { DiskSpace, findDatabaseFolder } from '../../database/disk-space.js';
import { runEvery, stopRunning } from '../../host/run-every.js';
import { InjectDatabase, InjectSchedule } from '../../host/tokens.js';
import { DELIVERY_OPTIONS, type DeliveryOptions } from '../options/delivery-options.js';
import type { AdmissionReading } from './admission-bounds.js';
import { AdmissionControl } from './admission-control.js';
import { BacklogScan, sumWaiting, type WaitingWork } from './backlog-scan.js';
import { estimateUnsentBytes } from './measure-backlog.js';

const JOB = 'posthorn.admission';

/** How often what the bounds are on is read, milliseconds. */
const READ_EVERY_MS = 2_000;

/** A reading is followed by a rest of so many times its duration, so that it takes 1 % of one connection at most. */
const REST_PER_READING = 100;

/** The same where so much was recorded since that a bound may be passed: a tenth of one connection. */
const REST_PER_PRESSED_READING = 10;

/** The rest after a reading that found nothing, while this process records nothing, milliseconds. */
const IDLE_REST_MS = 30_000;

/** The longest rest, milliseconds: a reading that only waited for another transaction must not be followed by an hour. */
const LONGEST_REST_MS = 60_000;

/** The first reading counts at most so many: a start must not wait for longer. */
const MOST_AT_START = 10_000_000;

/** Reads what the bounds are on, every few seconds and never on the way of an event, and tells the admission control. */
@Injectable()
export class AdmissionMonitor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Admission');
  private readonly folder: string | null;
  private readonly scan = new BacklogScan();
  private running: Promise<void> | null = null;
  private isWarned = false;
  private isCounted = false;
  /** When the last reading ended, by the process's monotonic clock, and what it took, milliseconds. */
  private last = { endedAt: -Infinity, tookMs: 0, foundNothing: false };

  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    @InjectSchedule() private readonly schedule: SchedulerRegistry,
    @Inject(DELIVERY_OPTIONS) private readonly options: DeliveryOptions,
    private readonly control: AdmissionControl,
    private readonly disk: DiskSpace,
  ) {
    this.folder = options.limits.databaseFolder ?? findDatabaseFolder(dataSource);
  }

  /** Reads once before requests are taken, and then by interval. */
  async onApplicationBootstrap(): Promise<void> {
    this.control.onPressed(() => this.readWhenRested(REST_PER_PRESSED_READING));
    await this.read();
    runEvery(this.schedule, JOB, READ_EVERY_MS, () => this.readWhenRested(REST_PER_READING));
  }

  onApplicationShutdown(): void {
    stopRunning(this.schedule, JOB);
  }

  /** Reads now, or waits for the reading that runs. Where it fails, the last decision stays. */
  async read(): Promise<void> {
    this.running ??= this.readOnce().finally(() => {
      this.running = null;
    });
    await this.running;
  }

  private readWhenRested(restPerReading: number): void {
    const { endedAt, tookMs, foundNothing } = this.last;
    const isIdle = foundNothing && this.control.isUntouched;
    const restMs = Math.max(isIdle ? IDLE_REST_MS : 0, Math.min(LONGEST_REST_MS, restPerReading * tookMs));
    if (performance.now() >= endedAt + restMs) void this.read();
  }

  private async readOnce(): Promise<void> {
    const begun = performance.now();
    let foundNothing = false;
    try {
      const reading = await this.measure();
      this.control.noteReading(reading);
      foundNothing = !reading.pendingDeliveries && !reading.unsentBytes;
    } catch (error) {
      this.logger.debug(`What waits could not be counted now: ${(error as Error).message}`);
    }
    const endedAt = performance.now();
    this.last = { endedAt, tookMs: endedAt - begun, foundNothing };
  }

  private async measure(): Promise<AdmissionReading> {
    const { pendingDeliveries, unsentBytes } = this.options.limits;
    const free = await this.readFreeBytes();
    if (pendingDeliveries === 0 && unsentBytes === 0) {
      return { pendingDeliveries: null, unsentBytes: null, freeBytes: free };
    }
    const waiting = await this.count();
    return {
      pendingDeliveries: sumWaiting(waiting),
      unsentBytes: unsentBytes === 0 ? null : await estimateUnsentBytes(this.dataSource.manager, waiting),
      freeBytes: free,
    };
  }

  /** Counts a part of what waits. The first reading goes on, so that a backlog past its bound is known from the start. */
  private async count(): Promise<WaitingWork> {
    const { manager } = this.dataSource;
    const most = Math.min(this.options.limits.pendingDeliveries || MOST_AT_START, MOST_AT_START);
    let waiting = await this.scan.readOn(manager);
    while (!this.isCounted && !this.scan.isComplete && sumWaiting(waiting) < most) {
      waiting = await this.scan.readOn(manager);
    }
    this.isCounted = true;
    return waiting;
  }

  private async readFreeBytes(): Promise<number | null> {
    if (this.options.limits.freeBytes === 0 || this.folder === null) return null;
    try {
      return await this.disk.readFreeBytes(this.folder);
    } catch (error) {
      if (!this.isWarned) {
        this.logger.warn(
          `limits.freeBytes has no effect: the free space at ${this.folder} cannot be read (${(error as Error).message}). ` +
            'Is limits.databaseFolder a folder of this machine?',
        );
      }
      this.isWarned = true;
      return null;
    }
  }
}

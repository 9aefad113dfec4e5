// The decorators below store their metadata with it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

/** `delivery.breaker`: when a webhook's circuit breaker opens, and for how long. */
export class BreakerSettings {
  /** The breaker opens when this share of the window's attempts failed, 0.01 to 1. */
  @IsNumber()
  @Min(0.01)
  @Max(1)
  failureShare!: number;

  /** The least number of attempts in the window before the breaker can open. */
  @IsInt()
  @Min(20)
  leastAttempts!: number;

  /** The length of the window, milliseconds. */
  @IsInt()
  @Min(1_000)
  windowMs!: number;

  /** How long the breaker stays open the first time, milliseconds; doubled at each opening in a row. */
  @IsInt()
  @Min(100)
  openMs!: number;

  /** The greatest time that the breaker stays open, milliseconds. */
  @IsInt()
  @Min(100)
  longestOpenMs!: number;
}

/** `delivery.disable`: when a webhook is disabled because its receiver keeps failing. Both conditions must hold. */
export class DisableSettings {
  /** Days without a success. */
  @IsNumber()
  @Min(0)
  afterDays!: number;

  /** Exhausted deliveries since the last success. */
  @IsInt()
  @Min(1)
  afterExhausted!: number;
}

/** `delivery`: the worker that sends. */
export class DeliverySettings {
  /** Whether this instance sends; false: it records events only, and another instance sends. */
  @IsBoolean()
  worker!: boolean;

  /**
   * `auto`: the worker sends what this instance records from memory, and writes the deliveries once they have ended or
   * must wait; `off`: it reads every event from the database and writes its deliveries before it sends.
   */
  @IsIn(['auto', 'off'])
  handOff!: 'auto' | 'off';

  /** The greatest number of concurrent requests of this instance. */
  @IsInt()
  @Min(1)
  @Max(10_000)
  concurrency!: number;

  /** The lease of a claim, milliseconds; renewed while its attempt runs. After it another instance may claim. */
  @IsInt()
  @Min(1_000)
  leaseMs!: number;

  /** The interval at which the worker polls for due work if no wake-up arrives, milliseconds. */
  @IsInt()
  @Min(10)
  @Max(1_000)
  pollMs!: number;

  /** How long a shutdown waits for requests in flight, milliseconds. */
  @IsInt()
  @Min(0)
  graceMs!: number;

  /** How long 429, 502, 503 and 504 without Retry-After pause a webhook, milliseconds. */
  @IsInt()
  @Min(0)
  pauseMs!: number;

  @ValidateNested()
  @Type(() => BreakerSettings)
  breaker!: BreakerSettings;

  @ValidateNested()
  @Type(() => DisableSettings)
  disable!: DisableSettings;
}

/** `retention`: how long rows are kept, days; 0: for ever. Pending deliveries are kept at any age. */
export class RetentionSettings {
  /** Deliveries, counted from their end, with their attempts; also finished recoveries. */
  @IsInt()
  @Min(0)
  deliveriesDays!: number;

  /** Events with their data, rendered bodies and idempotency keys: without them no delivery can be sent again. */
  @IsInt()
  @Min(0)
  payloadsDays!: number;

  /** Attempts with the answers of receivers. */
  @IsInt()
  @Min(0)
  attemptsDays!: number;

  /** Hourly rollups, the source of charts; rollups by the minute are kept for two days. */
  @IsInt()
  @Min(0)
  rollupsDays!: number;

  /** The audit log. */
  @IsInt()
  @Min(0)
  auditDays!: number;
}

/** `limits`: past which no new event is recorded, so that what is recorded can be sent; 0: no bound. */
export class LimitSettings {
  /** Pending deliveries, and events that wait for their fan-out. */
  @IsInt()
  @Min(0)
  pendingDeliveries!: number;

  /** Bytes of the bodies of pending deliveries, each counted for each delivery; estimated from a sample. */
  @IsInt()
  @Min(0)
  unsentBytes!: number;

  /** The least free bytes on the disk of the database's files. */
  @IsInt()
  @Min(0)
  freeBytes!: number;

  /** A folder on that disk; null: that of the SQLite file, and for MySQL none, so that `freeBytes` has no effect. */
  @IsOptional()
  @IsString()
  databaseFolder!: string | null;
}

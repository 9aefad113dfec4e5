// The decorators below keep what they say in it.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsNumber, Max, Min, ValidateNested } from 'class-validator';

/** When a webhook's circuit breaker opens, and for how long. */
export class BreakerSettings {
  /** Opens when this share of the window's attempts failed. */
  @IsNumber()
  @Min(0.01)
  @Max(1)
  failureShare!: number;

  /** Attempts that the window must hold before it can open. */
  @IsInt()
  @Min(20)
  leastAttempts!: number;

  /** Length of the window, milliseconds. */
  @IsInt()
  @Min(1_000)
  windowMs!: number;

  /** How long it stays open the first time, milliseconds; doubled each time in a row. */
  @IsInt()
  @Min(100)
  openMs!: number;

  /** It never stays open for longer, milliseconds. */
  @IsInt()
  @Min(100)
  longestOpenMs!: number;
}

/** When a webhook is disabled because its receiver keeps failing. */
export class DisableSettings {
  /** No success for so many days … */
  @IsNumber()
  @Min(0)
  afterDays!: number;

  /** … and so many deliveries exhausted. */
  @IsInt()
  @Min(1)
  afterExhausted!: number;
}

export class DeliverySettings {
  /** Whether this instance sends. Off: it records only, and another sends. */
  @IsBoolean()
  worker!: boolean;

  /** The most requests that this instance has out at a time. */
  @IsInt()
  @Min(1)
  @Max(10_000)
  concurrency!: number;

  /** How long a claim holds before another instance may take it over, milliseconds; renewed while its attempt runs. */
  @IsInt()
  @Min(1_000)
  leaseMs!: number;

  /** How often due work is looked for when nothing says that there is any, milliseconds. */
  @IsInt()
  @Min(10)
  @Max(1_000)
  pollMs!: number;

  /** How long a stop waits for what is in flight, milliseconds. */
  @IsInt()
  @Min(0)
  graceMs!: number;

  /** How long 429, 502, 503 and 504 pause a webhook that names no time with Retry-After, milliseconds. */
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

/** How long things are kept, in days; 0: for ever. What is still pending is kept whatever its age. */
export class RetentionSettings {
  /** Deliveries, from their end; their attempts go with them. Finished recoveries too. */
  @IsInt()
  @Min(0)
  deliveriesDays!: number;

  /** Events with their data, the bodies that were sent, and idempotency keys: without them nothing can be sent again. */
  @IsInt()
  @Min(0)
  payloadsDays!: number;

  /** Attempts: what was answered, and when. */
  @IsInt()
  @Min(0)
  attemptsDays!: number;

  /** Rollups by the hour, which charts are drawn from; those by the minute are kept for two days. */
  @IsInt()
  @Min(0)
  rollupsDays!: number;

  /** The audit log: who changed what. */
  @IsInt()
  @Min(0)
  auditDays!: number;
}

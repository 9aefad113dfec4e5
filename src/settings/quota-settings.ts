// The decorators below store their metadata with it.
import 'reflect-metadata';
import { IsInt, Min } from 'class-validator';

/** `quotas`: what one tenant may have; 0: no quota. What has no tenant is not counted. */
export class QuotaSettings {
  /** The most webhooks of a tenant. */
  @IsInt()
  @Min(0)
  webhooksPerTenant!: number;

  /** The most events of a tenant that `POST /admin/events` of this instance takes, a second. */
  @IsInt()
  @Min(0)
  eventsPerSecondPerTenant!: number;
}

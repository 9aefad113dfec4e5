import { Logger } from '@nestjs/common';
import type { Clock } from '../../host/clock.js';
import type { Claim } from '../model/claim.js';
import type { Leases } from '../claiming/leases.js';

/** A claim that arrives with less of its lease than this is renewed at once. */
const ENOUGH_LEFT = 2 / 3;

/** Keeps the leases of everything that a worker holds. */
export class LeaseKeeper {
  private readonly logger = new Logger('Delivery');
  private renewing: Promise<void> | null = null;
  private onceMore = false;

  /** @param held what the worker holds now: waiting, out, or answered and not recorded yet */
  constructor(
    private readonly leases: Pick<Leases, 'renew'>,
    private readonly clock: Clock,
    private readonly leaseMs: number,
    private readonly held: () => Claim[],
  ) {}

  /**
   * Lets the leases run anew from now, those that end soonest first; called often enough by the retrier. One renewal
   * runs at a time. What goes wrong is logged: the next one tries again.
   */
  async renew(): Promise<void> {
    this.renewing ??= this.run();
    await this.renewing;
  }

  /**
   * Looks at claims as they arrive. A lease begins when its claim is begun, and a slow database may take most of it to
   * commit: the next renewal could come too late.
   */
  look(claims: readonly Claim[]): void {
    const enough = this.clock.now() + this.leaseMs * ENOUGH_LEFT;
    if (claims.every(({ leaseUntil }) => leaseUntil >= enough)) return;
    this.onceMore = true;
    void this.renew();
  }

  private async run(): Promise<void> {
    do {
      this.onceMore = false;
      await this.renewOnce();
    } while (this.onceMore);
    this.renewing = null;
  }

  private async renewOnce(): Promise<void> {
    const held = this.held().toSorted((a, b) => a.leaseUntil - b.leaseUntil);
    if (held.length === 0) return;
    try {
      await this.leases.renew(held, this.leaseMs);
    } catch (error) {
      this.logger.warn(`Leases could not be renewed now: ${(error as Error).message}`);
    }
  }
}

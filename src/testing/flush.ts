import type { INestApplicationContext } from '@nestjs/common';
import { DeliveryWorker } from '../delivery/worker/delivery-worker.js';

/**
 * Delivers everything that is due: fans out recorded events, sends the deliveries and records their outcomes. Resolves
 * when nothing is due any more; a retry that is scheduled for later is not due. Start the application with
 * `worker: false`, so that nothing is sent before the test calls this.
 *
 * @param app the application, or the testing module, with Posthorn in it
 */
export async function flush(app: INestApplicationContext): Promise<void> {
  await app.get(DeliveryWorker, { strict: false }).runOnce();
}

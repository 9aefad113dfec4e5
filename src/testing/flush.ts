import type { INestApplicationContext } from '@nestjs/common';
import { DeliveryWorker } from '../delivery/worker/delivery-worker.js';

/**
 * Delivers all that is due: fans out what was recorded, sends it, and records what came of it. Resolves when nothing is
 * due any more; a retry of the future is not. Start the application with `worker: false`, so that nothing is sent
 * before the test says so.
 *
 * @param app the application, or the testing module, with Posthorn in it
 */
export async function flush(app: INestApplicationContext): Promise<void> {
  await app.get(DeliveryWorker, { strict: false }).runOnce();
}

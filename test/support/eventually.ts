import { setTimeout as wait } from 'node:timers/promises';

/**
 * Tries until it no longer throws, and gives what it gave: waits for a condition, never for a fixed time.
 *
 * @param timeoutMs after so many milliseconds the last error is thrown
 */
export async function eventually<T>(attempt: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
  const latest = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() >= latest) throw error;
      await wait(20);
    }
  }
}

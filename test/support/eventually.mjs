/**
 * Tries again until it succeeds, for the programs of tests that run without a compiler.
 *
 * @template T
 * @param {() => T | Promise<T>} attempt
 * @returns {Promise<T>}
 * @throws the last error
 */
export async function eventually(attempt, longestMs = 30_000) {
  const latest = Date.now() + longestMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= latest) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

// Steps that are counted, told as they pass, and end the run at the first that fails: the ones after it build on it.

/** What has passed and failed so far. */
export const counts = { passed: 0, failed: 0 };

export async function step(name, work) {
  try {
    await work();
  } catch (error) {
    counts.failed += 1;
    throw new Error(`Browser test, "${name}": ${error.message}`, { cause: error });
  }
  counts.passed += 1;
  console.log(`  ✓ ${name}`);
}

/** A step of its own: its failure is told, and the next ones run all the same. */
export async function standalone(name, work) {
  try {
    await step(name, work);
  } catch (error) {
    console.error(`  ✗ ${error.message}`);
  }
}

import { tmpdir } from 'node:os';

/** Where the databases and the data directories of tests are; the global setup makes it and its end removes it. */
export function testFolder(): string {
  return process.env['POSTHORN_TEST_FOLDER'] ?? tmpdir();
}

import { rmSync } from 'node:fs';

export default async function globalTeardown() {
  await globalThis.posthornPrivateMysql?.remove();
  if (globalThis.posthornTestFolder) rmSync(globalThis.posthornTestFolder, { recursive: true, force: true });
}

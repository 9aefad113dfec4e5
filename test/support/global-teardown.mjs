export default async function globalTeardown() {
  await globalThis.posthornPrivateMysql?.remove();
}

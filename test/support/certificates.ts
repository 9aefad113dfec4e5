import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where a certificate of the tests is; `certificates/make.sh` says how they were made. */
export const certificateFile = (name: string): string =>
  fileURLToPath(new URL(`./certificates/${name}.pem`, import.meta.url));

const pem = (name: string): string => readFileSync(certificateFile(name), 'utf8');

/** PEM texts. Server and client are of the authority; the stranger signed neither. */
export const CERTIFICATES = {
  authority: pem('authority'),
  stranger: pem('stranger'),
  /** For localhost, hooks.example.com and 127.0.0.1. */
  server: pem('server'),
  serverKey: pem('server.key'),
  client: pem('client'),
  clientKey: pem('client.key'),
  encryptedClientKey: pem('client.encrypted-key'),
};

import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type Attribute, type ContentType, hasComponents } from '../content-type.js';
import type { EntryData } from '../validation/entry-data.js';

const scryptAsync = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

/** The scrypt parameters of RFC 7914 for interactive logins: about 50 ms and 16 MiB each. */
const COSTS = { N: 16_384, r: 8, p: 1 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/**
 * Replaces the passwords in a request's data, also in components, by their scrypt hashes. A stored password cannot be
 * read; a program that verifies passwords reads the hash from the table.
 */
export async function hashPasswords(type: ContentType, data: EntryData): Promise<EntryData> {
  await hashPasswordsIn(type.attributes, data);
  return data;
}

async function hashPasswordsIn(attributes: readonly Attribute[], data: EntryData): Promise<void> {
  for (const attribute of attributes) {
    if (attribute.type === 'password') {
      const plain = data.scalars.get(attribute.name);
      if (typeof plain === 'string') data.scalars.set(attribute.name, await hashPassword(plain));
    } else if (hasComponents(attribute)) {
      for (const { component, data: inner } of data.components.get(attribute.name) ?? []) {
        await hashPasswordsIn(component.attributes, inner);
      }
    }
  }
}

/** Hashes a password to `scrypt$N$r$p$<salt>$<key>`; salt and key are base64 without padding. */
export async function hashPassword(
  password: string,
  salt: Buffer = randomBytes(SALT_BYTES),
): Promise<string> {
  const { N, r, p } = COSTS;
  const key = await scryptAsync(Buffer.from(password.normalize('NFKC')), salt, KEY_BYTES, COSTS);
  return ['scrypt', N, r, p, toUnpaddedBase64(salt), toUnpaddedBase64(key)].join('$');
}

function toUnpaddedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

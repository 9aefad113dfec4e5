import type { LookupAddress } from 'node:dns';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

const MACHINES =
  process.platform === 'win32'
    ? join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

/** The machine's hosts file. It is read again when it has changed; a missing file has no names. */
export class HostsFile {
  private state = '';
  private names: ReadonlyMap<string, LookupAddress[]> = new Map();

  constructor(private readonly file = MACHINES) {}

  /**
   * Finds all addresses of a name; empty when the file does not have it.
   *
   * @throws EMFILE or ENFILE when no file descriptor is left to read it
   */
  async addressesOf(name: string): Promise<LookupAddress[]> {
    await this.refresh();
    return this.names.get(name.toLowerCase().replace(/\.$/, '')) ?? [];
  }

  private async refresh(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(this.file);
      const state = `${mtimeMs} ${size} ${ino}`;
      if (state === this.state) return;
      this.names = parseHosts(await readFile(this.file, 'utf8'));
      this.state = state;
    } catch (error) {
      if (isOutOfDescriptors(error)) throw error;
      // Without the file the name servers decide, as for the system's resolver.
      this.names = new Map();
      this.state = '';
    }
  }
}

/** Whether a file could not be opened because this process or machine has no file descriptor left. */
export function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Parses a hosts file: all addresses of each name, with names in lower case. */
export function parseHosts(text: string): Map<string, LookupAddress[]> {
  const names = new Map<string, LookupAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      names.set(name, [...(names.get(name) ?? []), { address, family }]);
    }
  }
  return names;
}

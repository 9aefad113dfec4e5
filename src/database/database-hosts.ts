import { connect, isIP, type Socket } from 'node:net';
import type { DataSource } from 'typeorm';
import { isAway } from './database-errors.js';

/** Where a server listens. */
export interface HostAddress {
  host: string;
  port: number;
}

/** The part of the driver's configuration of one connection that names its server. */
interface ConnectionConfig {
  host?: string;
  port?: number;
}

const lists = new WeakMap<object, DatabaseHosts>();

/**
 * The hosts of a `DATABASE_URL` that names several: members of a group of which one can be written to. New connections go
 * to one of them, until it refuses, is lost, or turns out to be read-only.
 */
export class DatabaseHosts {
  private index = 0;

  /** Opens the socket of a connection, for the driver. */
  readonly stream = ({ config }: { config: ConnectionConfig }): Socket => {
    const { host, port } = this.current;
    // The driver's messages name the host.
    Object.assign(config, { host, port });
    const socket = connect({ host, port, keepAlive: true, noDelay: true });
    // Node compares a certificate with this name, and sets it only when a name was resolved.
    return isIP(host) === 0 ? socket : Object.assign(socket, { _host: host });
  };

  /** @param hosts at least two */
  constructor(private readonly hosts: readonly HostAddress[]) {
    lists.set(this.stream, this);
  }

  get count(): number {
    return this.hosts.length;
  }

  get current(): HostAddress {
    return this.hosts[this.index] as HostAddress;
  }

  /** Goes on to the next host, unless somebody else has left that one already. */
  leave({ host, port }: HostAddress): void {
    if (this.current.host === host && this.current.port === port)
      this.index = (this.index + 1) % this.hosts.length;
  }

  toString(): string {
    return this.hosts.map(({ host, port }) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`).join(',');
  }
}

/** The hosts of a data source whose URL names several; null: it names one. */
export function hostsOf(options: object): DatabaseHosts | null {
  const { extra } = options as { extra?: { stream?: unknown } };
  const stream = extra?.stream;
  return typeof stream === 'function' ? (lists.get(stream) ?? null) : null;
}

/** Connects a data source: to whichever of its hosts answers first, in their order. @throws the error of the last one */
export async function connectToAny(dataSource: DataSource): Promise<void> {
  const hosts = hostsOf(dataSource.options);
  for (let tried = 1; ; tried += 1) {
    try {
      await dataSource.initialize();
      return;
    } catch (error) {
      if (!hosts || tried >= hosts.count || !isAway(error)) throw error;
      hosts.leave(hosts.current);
    }
  }
}

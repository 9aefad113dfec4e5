import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { CERTIFICATES } from './certificates.js';

/** A request that came over TLS. */
export interface TlsRequest {
  path: string;
  /** The common name of the certificate that was shown and is of the authority; null: none was. */
  client: string | null;
}

/** An https server with the certificate of {@link CERTIFICATES}. */
export interface TlsReceiver {
  port: number;
  /** In the order of their arrival. */
  requests: TlsRequest[];
  /** How many connections were made whole. */
  connections: () => number;
  close(): Promise<void>;
}

/** @param options clientCertificate: refuse who shows none of the authority's */
export async function startTlsReceiver(options: { clientCertificate?: boolean } = {}): Promise<TlsReceiver> {
  const { authority, server: cert, serverKey } = CERTIFICATES;
  const requests: TlsRequest[] = [];
  let connections = 0;
  const { clientCertificate = false } = options;
  const server = createServer(
    { cert, key: serverKey, ca: authority, requestCert: true, rejectUnauthorized: clientCertificate },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      const subject = socket.authorized ? socket.getPeerCertificate().subject : null;
      requests.push({ path: request.url ?? '', client: subject ? String(subject.CN) : null });
      request.resume().on('end', () => response.writeHead(204).end());
    },
  );
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

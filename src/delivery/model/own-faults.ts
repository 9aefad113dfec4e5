/**
 * The faults of this side: the one table of error codes that are charged to no receiver. An attempt that ends with one
 * of them is not counted, its delivery is handed back and tried again soon. Every other failure is the receiver's, also
 * a name that does not exist (`ENOTFOUND`) and a connection that is refused (`ECONNREFUSED`).
 *
 * Each has a sentence that says what is wrong and what to do.
 */
export const OWN_FAULTS = {
  EMFILE:
    'This process has no file descriptor left. Raise its limit (ulimit -n), or lower delivery.concurrency.',
  ENFILE: 'This machine has no file descriptor left. Raise fs.file-max.',
  ENOBUFS: 'This machine has no network buffer left.',
  ENOMEM: 'This machine has no memory left for a socket.',
  EADDRNOTAVAIL: 'This machine has no local address or port left. Widen net.ipv4.ip_local_port_range.',
  ENETDOWN: 'The network of this machine is down.',
  EPERM: 'The firewall of this machine forbids the connection.',
  EAI_AGAIN: 'The name resolver of this machine does not answer. Check /etc/resolv.conf.',
  EGRESS_PROXY: 'The egress proxy is away or refuses. Check webhooks.egressProxy.',
  NO_KEY: 'No key of SECRETS_KEY opens the secrets. Put the key that sealed them back into the list.',
} as const;

/** A code of {@link OWN_FAULTS}. */
export type OwnFaultCode = keyof typeof OWN_FAULTS;

/** Whether an error code is a fault of this side. */
export function isOwnFault(code: string | null): code is OwnFaultCode {
  return code !== null && Object.hasOwn(OWN_FAULTS, code);
}

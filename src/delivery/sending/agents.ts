/**
 * What makes connections. It is imported when the application starts and not before: undici takes a fifth of the time in
 * which all of the package is loaded, also into programs that send nothing.
 */
export { createProxiedAgent } from './proxied-agent.js';
export { createSsrfGuardedAgent } from './ssrf-guarded-agent.js';

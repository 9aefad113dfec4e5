export * from '../../http/keyset.js';

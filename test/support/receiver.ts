export * from '../../src/testing/receiver.js';

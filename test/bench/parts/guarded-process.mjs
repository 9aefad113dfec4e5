// Runs a program that would outlive its parent, and ends it when the bench is gone.
import { spawn } from 'node:child_process';

const [program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: 'ignore' });
child.once('error', (error) => process.send({ type: 'failed', reason: error.message }));
child.once('spawn', () => process.send({ type: 'started', pid: child.pid }));
child.once('exit', (code) => process.exit(code ?? 1));
process.on('disconnect', () => child.kill('SIGKILL'));

// The entry of the thread that writes the store, started by open-store.ts.
import { parentPort } from 'node:worker_threads';
import { systemClock } from './base/clock.ts';
import { serveStore } from './deliver/store/store-writer.ts';

if (parentPort === null) throw new Error('this file is the entry of a worker thread');
serveStore(parentPort, { clock: systemClock });

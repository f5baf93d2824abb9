// The entry of triage's thread, started by app.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from './base/clock.ts';
import { giveWay } from './base/thread-priority.ts';
import { followStore } from './deliver/store/follow.ts';
import { Desk } from './triage/desk.ts';
import { Pace, tickMs } from './triage/pace.ts';
import { answerAt, type TriageCall, type TriageReply } from './triage/thread.ts';
import { openTriageFile } from './triage/triage-file.ts';
import { Outdated } from './triage/triage.ts';

export interface TriageThreadSettings {
  /** The store's file, which is there already. */
  readonly storePath: string;
  /** Triage's own file, made when missing. */
  readonly path: string;
}

const retainEveryMs = 10_000;

const { storePath, path } = workerData as TriageThreadSettings;
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const say = (reply: TriageReply): void => port.postMessage(reply);

// Alerts are taken in and delivered first. Not 19: on a busy machine a question would get 1.5 % of a core, and take seconds.
giveWay(10);

const store = followStore(storePath);
const desk = new Desk({ store, db: openTriageFile(path), now: () => systemClock.now() });
const pace = new Pace();
let timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
let retainedMs = 0;
let toldMs = 0;
let problem: string | undefined;

/** Reads on a little at a time: questions are answered in between. */
function tick(): void {
  const nowMs = systemClock.now();
  let hasMore = false;
  let trouble: string | undefined;
  try {
    hasMore = pace.mayRead(nowMs, store.last(), desk.position) && desk.follow();
    if (nowMs - retainedMs >= retainEveryMs) {
      retainedMs = nowMs;
      desk.retain();
    }
  } catch (error) {
    trouble = `triage cannot follow the store: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (trouble !== problem) say({ problem: trouble });
  problem = trouble;
  if (nowMs - toldMs >= tickMs) {
    toldMs = nowMs;
    const news = desk.news();
    if (news !== undefined) say({ news });
  }
  timer = hasMore ? setImmediate(tick) : setTimeout(tick, tickMs);
}

port.on('message', (call: TriageCall | 'beat' | 'close') => {
  if (call === 'beat') return say({ alive: true });
  if (call === 'close') {
    clearTimeout(timer as NodeJS.Timeout);
    clearImmediate(timer as NodeJS.Immediate);
    desk.close();
    port.close();
    return;
  }
  try {
    say({ id: call.id, answer: answerAt(desk, call) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ id: call.id, error: message, ...(error instanceof Outdated ? { current: error.current } : {}) });
  }
});
// It is up: whatever ended the thread before it is over.
say({ problem: undefined });
tick();

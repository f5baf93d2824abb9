import { parentPort } from 'node:worker_threads';
import { answerObjects } from '../../src/detect/object-thread.ts';
import { lineJudge } from './line-judge.ts';

if (parentPort !== null) answerObjects(parentPort, lineJudge);

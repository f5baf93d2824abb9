import { describe, expect, it } from 'vitest';
import { AwsTrouble } from '../../../src/aws/trouble.ts';
import { QueueWatch } from '../../../src/detect/sources/queue-watch.ts';
import type { QueueFacts } from '../../../src/detect/sources/sqs-queue.ts';
import { handClock } from '../../support/hand-clock.ts';
import { reasonsOf, sourceTools } from '../../support/source-tools.ts';

const url = 'https://sqs.eu-west-1.amazonaws.com/123456789012/logs';
const never = new AbortController().signal;
const deadLetters = { arn: 'arn:dead', maxReceives: 10 };

function watching(...answers: (QueueFacts | Error)[]) {
  const clock = handClock();
  const tools = sourceTools({ clock });
  let looks = 0;
  const look = (): Promise<QueueFacts> => {
    const answer = answers[Math.min(looks++, answers.length - 1)];
    return answer instanceof Error || answer === undefined
      ? Promise.reject(answer ?? new Error('none'))
      : Promise.resolve(answer);
  };
  return { clock, tools, watch: new QueueWatch({ url, look }, tools), looks: () => looks };
}

describe('a watched queue', () => {
  it('tells its dead-letter queue, what waits, and how old the oldest message at hand is', async () => {
    const { clock, tools, watch } = watching(
      { deadLetters, waiting: 5, open: true },
      { deadLetters, waiting: 7, open: true },
    );
    await watch.begin(never);
    expect(watch.deadLetters).toEqual(deadLetters);
    const sentMs = clock.now();
    await clock.advance(60_000);
    await watch.again(sentMs, never);
    expect(tools.notes).toEqual([
      { kind: 'behind', objects: 5 },
      { kind: 'behind', objects: 7, ageMs: 60_000 },
    ]);
  });

  it('is looked at no more than once a minute', async () => {
    const { clock, watch, looks } = watching({ waiting: 0, open: true });
    await watch.begin(never);
    await clock.advance(59_999);
    await watch.again(undefined, never);
    expect(looks()).toBe(1);
    await clock.advance(1);
    await watch.again(undefined, never);
    expect(looks()).toBe(2);
  });

  it('is reported when its policy lets no service send to it', async () => {
    const { tools, watch } = watching({ waiting: 0, open: false });
    await watch.begin(never);
    expect(reasonsOf(tools.notes, 'trouble')).toEqual([
      expect.stringMatching(/^the policy of https:.* lets neither s3\.amazonaws\.com nor .*no notification can arrive/),
    ]);
  });

  it('is looked at again after a passing failure, and left alone when it may not be looked at', async () => {
    const passing = watching(new AwsTrouble('throttled', 'passing'), { deadLetters, waiting: 1, open: true });
    await passing.watch.begin(never);
    expect(passing.watch.deadLetters).toBeUndefined();
    await passing.clock.advance(60_000);
    await passing.watch.again(undefined, never);
    expect(passing.watch.deadLetters).toEqual(deadLetters);

    const denied = watching(new AwsTrouble('sqs:GetQueueAttributes is denied', 'lasting'));
    await denied.watch.begin(never);
    await denied.clock.advance(60_000);
    await denied.watch.again(undefined, never);
    expect(denied.looks()).toBe(1);
    expect(reasonsOf(denied.tools.notes, 'trouble')).toEqual(['sqs:GetQueueAttributes is denied']);
  });
});

import type { AlertIntake } from './alert/alert-intake.ts';
import type { Clock } from './base/clock.ts';
import type { Closers } from './base/closers.ts';
import type { Log } from './base/log.ts';
import type { Metrics } from './base/metrics.ts';
import type { Config } from './config/config.ts';
import type { Delivery } from './delivering.ts';
import { Detector } from './detect/detector.ts';
import { LocalJudge } from './detect/judge.ts';
import type { JudgePool } from './detect/judge-pool.ts';
import { explainLine, type ToldLine } from './detect/explain-line.ts';
import { type FeedConfig, openFeed } from './detect/open-feed.ts';
import type { CompiledRule, RuleSet } from './detect/rules/engine.ts';
import { geoOptions, openGeo } from './enrichment.ts';
import { ruleFacts } from './geoip/rule-facts.ts';
import type { Probe } from './http/service.ts';
import type { ThreadSettings } from './detecting-threads.ts';
import { openJudgePool } from './judge-threads.ts';

/** The rules that a config names. */
export interface ConfiguredPart {
  readonly rules: RuleSet;
  /** The same rules as they were read, for other threads to load; without them all is done on this one. */
  readonly read?: ThreadSettings['rules'];
}

/** The rules that are run over the events; `intake` takes the alerts where it is not the service's own. */
export interface RulesPart extends ConfiguredPart {
  readonly intake?: AlertIntake;
}

/** A Falco that is fed with the events. Its alerts come over HTTP, to this service or to another. */
export interface FeedPart {
  readonly feed: FeedConfig;
}

interface ReadingTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly closers: Closers;
}

/** What reads log objects, and what `/readyz` asks of it. */
export interface Reading extends Pick<Detector, 'read'> {
  readonly probes: readonly Probe[];
  /** Those that the next object is judged by; a real Falco has its own. */
  rules(): readonly CompiledRule[];
  /** Judges a line again by one of them; undefined where that cannot be. */
  explain(rule: string, line: ToldLine): ReturnType<typeof explainLine>;
  /** Judges by other rules from the next object on; what is begun is ended by those that it began with. */
  judgeBy(next: Config, rules: ConfiguredPart): void;
}

/** Rejects when what reads cannot be opened; what it opened is closed by the closers. */
export async function openReading(
  config: Config,
  part: RulesPart | FeedPart,
  serves: boolean,
  delivery: Delivery | undefined,
  tools: ReadingTools,
): Promise<Reading> {
  const { clock, log, metrics, closers } = tools;
  const geo = ruleFacts(delivery?.geo ?? (await openGeo(config, clock, closers)));
  if ('feed' in part) {
    const opened = openFeed(part.feed, { clock, log, metrics, geo });
    closers.add(() => opened.close());
    return {
      read: (object, signal) => opened.feed.read(object, signal),
      // Not essential: the service goes on taking alerts, those of this Falco too, when it comes back.
      probes: [{ name: 'falco', essential: false, problems: opened.problems }],
      rules: () => [],
      explain: () => undefined,
      judgeBy: () => undefined,
    };
  }
  const intake = part.intake ?? delivery?.intake;
  if (intake === undefined) throw new Error('there is no intake for the alerts');
  const begin = (by: Config, { rules, read }: ConfiguredPart): Judging => {
    const threads = (by.engine.kind === 'embedded' ? by.engine.threads : undefined) ?? (serves ? 1 : 0);
    const settings = read && { rules: read, geo: geoOptions(by) };
    const pool = settings && threads > 0 ? openThreads(threads, settings, tools) : undefined;
    const detector = new Detector({ judge: pool ?? new LocalJudge(rules, geo), intake });
    return { detector, rules, reading: 0, close: async () => pool?.close() };
  };
  let judging = begin(config, part);
  closers.add(() => judging.close());
  return {
    async read(object, signal) {
      const by = judging;
      by.reading += 1;
      try {
        return await by.detector.read(object, signal);
      } finally {
        by.reading -= 1;
        if (by !== judging && by.reading === 0) await by.close();
      }
    },
    probes: [],
    rules: () => judging.rules.rules,
    explain: (rule, line) => explainLine(judging.rules, rule, line, geo),
    judgeBy(next, rules) {
      const before = judging;
      judging = begin(next, rules);
      if (before.reading === 0) void before.close();
    },
  };
}

/** Rules in use, and how many objects are under way with them. */
interface Judging {
  readonly detector: Detector;
  readonly rules: RuleSet;
  reading: number;
  close(): Promise<void>;
}

/** Rules run beside the thread that answers HTTP and stores alerts. */
function openThreads(threads: number, settings: ThreadSettings, { log, metrics }: ReadingTools): JudgePool {
  const broken = metrics.counter({
    name: 'judge_threads_broken_total',
    help: 'Threads that ran the rules and ended by themselves; each was replaced.',
    labels: [],
  });
  return openJudgePool(threads, settings, (cause) => {
    broken.add(1, {});
    log.error('A thread that runs the rules broke; another takes its place, and its object comes again.', {
      error: cause,
    });
  });
}

import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Alert } from './alert/alert.ts';
import { textOfBytes } from './base/bytes.ts';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Metrics } from './base/metrics.ts';
import { present } from './base/present.ts';
import { startThread } from './base/start-thread.ts';
import type { Config } from './config/config.ts';
import type { AlertStore } from './deliver/store/alert-store.ts';
import type { Router } from './deliver/routing/router.ts';
import type { ToldLine } from './detect/explain-line.ts';
import type { EventValue } from './detect/formats/format.ts';
import type { ExplainedCheck } from './detect/rules/condition/explain.ts';
import type { CompiledRule } from './detect/rules/engine.ts';
import { EndedSessions } from './http/login/ended-sessions.ts';
import { createLogin, type Login } from './http/login/login.ts';
import { readSessionKey } from './http/login/session.ts';
import type { Reading } from './reading.ts';
import type { Verdict } from './triage/answers.ts';
import type { TriageSources } from './triage/detail.ts';
import { RuleChanges } from './triage/rule-changes.ts';
import { TriageThread, type TriageThreadOptions } from './triage/thread.ts';
import type { TriageThreadSettings } from './triage-thread.ts';

// In an installed package the house is dist/main.cjs, and the thread stands beside it.
const entry = new URL(`./triage-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'cjs'}`, import.meta.url);

/** Its columns are outside V8's heap; what is inside are dictionaries, and pages of rows that soon are garbage. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

/** The page's logins, one after the other as the config changes; what sessions rest on stands in the state folder. */
export function openLogins(stateDir: string, clock: Clock): (config: Config) => Login {
  const now = (): number => clock.now();
  const key = readSessionKey(join(stateDir, 'session.key'));
  const ended = new EndedSessions(join(stateDir, 'sessions.ended'), now);
  return ({ listen, ui }) =>
    createLogin({ tokens: listen.tokens, ...ui, key, ended, secure: listen.tls !== undefined, now });
}

/** `observer` is told of threads that end by themselves, or take no messages any more. */
export function openTriageThread(
  settings: TriageThreadSettings,
  clock: Clock,
  observer: Pick<TriageThreadOptions, 'broke' | 'hung'> = {},
): TriageThread {
  const start = (): Worker => startThread(entry, { workerData: settings, resourceLimits });
  return new TriageThread({ start, clock, ...observer });
}

/** What triage asks of the rest of the service. */
export interface TriageParts {
  readonly store: AlertStore;
  /** Of the config in use. */
  readonly router: () => Router;
  /** The rules that run in this process; undefined where it only serves. */
  readonly reading: Pick<Reading, 'rules' | 'explain'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface OpenTriage extends TriageSources {
  /** To be called when the rules are others. */
  noteRules(this: void): void;
}

/** Starts triage's thread; its file stands in the state folder. The store must be open already. */
export function openTriage(config: Config, { store, router, reading, clock, log, metrics }: TriageParts): OpenTriage {
  const rules = (): readonly CompiledRule[] => reading?.rules() ?? [];
  const changes = new RuleChanges(join(config.stateDir, 'rules.seen'));
  const noteRules = (): void => changes.note(rules(), store.stats().lastPosition, clock.now());
  noteRules();
  const restarts = metrics.counter({
    name: 'triage_restarts_total',
    help: 'Times that the thread of triage broke and was started again.',
  });
  const hangs = metrics.counter({
    name: 'triage_hangs_total',
    help: 'Times that the thread of triage said nothing for two minutes and was ended.',
  });
  const settings = { storePath: config.store.path, path: join(config.stateDir, 'triage.db') };
  const triage = openTriageThread(settings, clock, {
    broke(cause, waitMs) {
      restarts.add(1);
      log.error('The thread of triage broke; it is started again.', { error: cause, waitMs });
    },
    hung(silentMs) {
      hangs.add(1);
      log.error('The thread of triage says nothing any more; it is ended.', { silentMs });
    },
  });
  return {
    triage,
    alert: (id) => store.get(id),
    rule(name) {
      const rule = rules().find((each) => each.name === name);
      return (
        rule && {
          desc: rule.desc,
          condition: rule.condition,
          tags: [...rule.tags],
          file: rule.at.file,
          line: rule.at.line,
        }
      );
    },
    verdict(alert, position) {
      const line = lineOf(alert);
      const judged = line && reading?.explain(alert.rule, line);
      if (judged === undefined) return undefined;
      const changedAt = changes.changedSince(alert.rule, position);
      return { matched: judged.matched, checks: judged.checks.map(shownCheck), ...present({ changedAt }) };
    },
    noteRules,
    routes: (alert) =>
      router()
        .match(alert, clock.now())
        .flatMap(({ route, outputs }) => outputs.map((output) => ({ output, route }))),
    progress: (output) => store.stats().readers[output] ?? 0,
  };
}

function lineOf({ fields }: Alert): ToldLine | undefined {
  const { 'awselb.object': object, 'awselb.line': number, 'awselb.raw': text } = fields;
  return typeof object === 'string' && typeof number === 'number' && typeof text === 'string'
    ? { object, number, text }
    : undefined;
}

/** The longest value shown; the whole one is in the line. */
const maxShown = 200;

function shownCheck({ check, holds, negated, fields }: ExplainedCheck): Verdict['checks'][number] {
  return {
    check: textOfBytes(check),
    holds,
    negated,
    fields: fields.map(({ name, value }) => (value === undefined ? { name } : { name, value: shownValue(value) })),
  };
}

function shownValue(value: EventValue): string {
  const text = Array.isArray(value)
    ? `(${value.map((each) => textOfBytes(String(each))).join(', ')})`
    : textOfBytes(String(value));
  return text.length > maxShown ? `${text.slice(0, maxShown).toWellFormed()}…` : text;
}

import type { Alert } from '../alert/alert.ts';
import type { Clock } from '../base/clock.ts';
import type { Closers } from '../base/closers.ts';
import type { Config } from '../config/config.ts';
import type { ConfiguredRules } from '../config/configured-rules.ts';
import { enriched } from '../deliver/intake.ts';
import { alertJsonLine, alertLine } from '../deliver/outputs/alert-line.ts';
import { type Judge, type ObjectJudge, ScribingJudge } from '../detect/judge.ts';
import type { RuleSet } from '../detect/rules/engine.ts';
import { geoOptions, openEnrichment, openGeo } from '../enrichment.ts';
import { ruleFacts } from '../geoip/rule-facts.ts';
import { openScanPool } from '../judge-threads.ts';
import { explainedJson, explainedLines } from './explained-match.ts';
import { type PrintedAlerts, printing, PrintScribe } from './printed-alerts.ts';
import type { ScanOptions } from './scan.ts';
import { textLine } from './text-line.ts';

/** What `scan` runs its rules with. */
export interface PrintJudgeOptions extends Pick<ScanOptions, 'format' | 'threads' | 'explain'> {
  readonly config: Config;
  /** As read, for other threads, and loaded. */
  readonly read: ConfiguredRules;
  readonly rules: RuleSet;
  readonly clock: Clock;
  /** Other threads take an object each rather than blocks of lines. */
  readonly wholeObjects: boolean;
  /** Closes what is opened here. */
  readonly closers: Closers;
}

/** What it makes of alerts is what is printed of them. */
export type PrintJudge = Judge<PrintedAlerts> | ObjectJudge<PrintedAlerts>;

/** The judge of `scan`, on this thread or on others. */
export async function openPrintJudge(options: PrintJudgeOptions): Promise<PrintJudge> {
  // Of all enrichments a line of text shows places only: the other enrichers need not be opened.
  return options.format === 'text' && options.explain !== true ? textJudge(options) : wholeJudge(options);
}

async function textJudge({
  config,
  read,
  rules,
  threads,
  clock,
  wholeObjects,
  closers,
}: PrintJudgeOptions): Promise<PrintJudge> {
  const places = config.enrichers.some(({ kind }) => kind.kind === 'geoip');
  if (threads !== 1) {
    const geo = geoOptions(config);
    const pool = openScanPool<PrintedAlerts>(threads, { rules: read, geo, text: { places }, wholeObjects });
    closers.add(() => pool.close());
    return pool;
  }
  const geo = await openGeo(config, clock, closers);
  return new ScribingJudge(rules, new PrintScribe(textLine(places ? geo : undefined)), ruleFacts(geo));
}

/** Prints all that there is of alerts. Enrichers work on this thread: some keep state on disk or ask AWS. */
async function wholeJudge(options: PrintJudgeOptions): Promise<PrintJudge> {
  const { config, read, rules, threads, format, explain, clock, wholeObjects, closers } = options;
  const enrichment = await openEnrichment(config, clock);
  closers.add(() => enrichment.close());
  const { geo, enrichers } = enrichment;
  const print = format === 'text' ? alertLine : alertJsonLine;
  const line = (alert: Alert): string => print(enriched(alert, enrichers));
  if (threads !== 1) {
    const pool = openScanPool<Alert>(threads, { rules: read, geo: geoOptions(config), wholeObjects });
    closers.add(() => pool.close());
    return printing(pool, line);
  }
  const explained = format === 'text' ? explainedLines : explainedJson;
  const scribe = new PrintScribe({
    write(match, sheet) {
      const plain = line(match.alert());
      const text = explain === true ? explained(plain, match.explain()) : plain;
      sheet.add(text, match.time(), match.rule.name);
    },
  });
  return new ScribingJudge(rules, scribe, ruleFacts(geo));
}

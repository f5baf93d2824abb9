import type { Alert } from '../alert/alert.ts';
import type { Closers } from '../base/closers.ts';
import type { Config } from '../config/config.ts';
import type { TextConfig } from '../config/kept-config.ts';
import type { ConfiguredRules } from '../config/configured-rules.ts';
import { withPacked } from '../config/kept-rules.ts';
import { enriched } from '../deliver/intake.ts';
import { alertJsonLine, alertLine } from '../deliver/outputs/alert-line.ts';
import { type Judge, type ObjectJudge, ScribingJudge } from '../detect/judge.ts';
import type { DetectingThreads, ThreadSettings } from '../detecting-threads.ts';
import { geoOptions, openEnrichment, openGeo } from '../enrichment.ts';
import type { GeoLookup } from '../geoip/geo-lookup.ts';
import { ruleFacts } from '../geoip/rule-facts.ts';
import { openScanPool } from '../judge-threads.ts';
import type { Machine } from './machine.ts';
import { explainedJson, explainedLines } from './explained-match.ts';
import { type PrintedAlerts, printing, PrintScribe } from './printed-alerts.ts';
import type { ScanOptions } from './scan.ts';
import { textLine } from './text-line.ts';
import { sayFindings, usableRules } from './usable-rules.ts';

/** What `scan` runs its rules with. */
export interface PrintJudgeOptions<C = TextConfig | Config> extends Pick<ScanOptions, 'format' | 'explain'> {
  /** A part of it: print lines of text, which of all enrichments show places only. */
  readonly config: C;
  readonly read: ConfiguredRules;
  /** Where the rules are to run; absent for here. */
  readonly threads: DetectingThreads | undefined;
  readonly machine: Pick<Machine, 'clock' | 'err'>;
  /** Other threads take an object each rather than blocks of lines. */
  readonly wholeObjects: boolean;
  /** Closes what is opened here. */
  readonly closers: Closers;
}

/** What it makes of alerts is what is printed of them. */
export type PrintJudge = Judge<PrintedAlerts> | ObjectJudge<PrintedAlerts>;

/** The judge of `scan`, on this thread or on others. Of the rules it tells what `usableRules` does. */
export async function openPrintJudge(given: PrintJudgeOptions): Promise<PrintJudge> {
  const { config } = given;
  const options = { ...given, read: await withPacked(given.read) };
  return 'places' in config ? textJudge({ ...options, config }) : wholeJudge({ ...options, config });
}

async function textJudge(options: PrintJudgeOptions<TextConfig>): Promise<PrintJudge> {
  const { config, read, threads, machine, wholeObjects, closers } = options;
  const { places } = config;
  const here = async (): Promise<ScribingJudge<PrintedAlerts>> => {
    const rules = await usableRules(read, machine);
    const geo = await openGeo(config, machine.clock, closers);
    return new ScribingJudge(rules, new PrintScribe(textLine(places ? geo : undefined)), ruleFacts(geo));
  };
  if (threads === undefined) return here();
  const settings = { rules: read, geo: geoOptions(config), text: { places }, wholeObjects };
  if (!wholeObjects) await load(threads, settings, machine);
  // This thread judges too, and says itself what is wrong with the rules. One that breaks is begun again when it is taken.
  else threads.tell(settings, threads.count - 1).catch(() => undefined);
  const pool = openScanPool(threads, wholeObjects, wholeObjects ? await here() : undefined);
  closers.add(() => pool.close());
  return pool;
}

/** Has the threads load the rules; one of them says what is wrong with these. */
async function load(threads: DetectingThreads, settings: ThreadSettings, machine: Pick<Machine, 'err'>): Promise<void> {
  const { files } = await threads.tell(settings);
  await sayFindings(files, machine);
}

/** Prints all that there is of alerts. */
async function wholeJudge(options: PrintJudgeOptions<Config>): Promise<PrintJudge> {
  const { config, read, threads, format, explain, machine, wholeObjects, closers } = options;
  if (threads !== undefined) {
    await load(threads, { rules: read, geo: geoOptions(config), wholeObjects }, machine);
    const { line } = await openLine(options);
    const pool = openScanPool<Alert>(threads, wholeObjects);
    closers.add(() => pool.close());
    return printing(pool, line);
  }
  const rules = await usableRules(read, machine);
  const { line, geo } = await openLine(options);
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

/** What is printed of an alert. Enrichers work on this thread: some keep state on disk or ask AWS. */
async function openLine({
  config,
  format,
  machine,
  closers,
}: PrintJudgeOptions<Config>): Promise<{ readonly geo: GeoLookup; readonly line: (alert: Alert) => string }> {
  const enrichment = await openEnrichment(config, machine.clock);
  closers.add(() => enrichment.close());
  const { geo, enrichers } = enrichment;
  const print = format === 'text' ? alertLine : alertJsonLine;
  return { geo, line: (alert) => print(enriched(alert, enrichers)) };
}

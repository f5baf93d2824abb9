import { atLeast, priorities, type Priority } from '../../src/alert/priority.ts';
import type { CompiledRule } from '../../src/detect/rules/engine.ts';
import { corpusLines } from './corpus.ts';
import { loadPack, Watch } from './pack.ts';
import { documentationFiles, scannerTraffic } from './scanner-traffic.ts';
import { sampleObjects } from './samples/hour.ts';

/** The parts of docs/detection.md that are computed: its table of rules and its measurements. */

export function ruleTable(rules: readonly CompiledRule[]): string {
  const rows = rules.map(({ name, priority, desc, tags, enabled }) => {
    const shown = tags.filter((tag) => tag !== 'aws' && tag !== 'elb').join(', ');
    const cells = [`${name}${enabled ? '' : ' (off)'}`, priority, desc.trim().replaceAll('|', '\\|'), shown];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| Rule | Priority | What it means | Tags |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The lists and macros of the pack's first part, with the comments that stand before them. */
export function overridableTable(pack: string): string {
  const first = pack.slice(0, pack.indexOf('# Macros that rules share'));
  const rows = [
    ...first.matchAll(/\n((?:# .*\n)+)- (list|macro): (\w+)\n {2}(?:items|condition):([\s\S]*?)(?=\n\n|$)/g),
  ].map(([, comment = '', kind, name, value = '']) => {
    const about = comment.replaceAll(/^# /gm, '').trim().replaceAll('\n', ' ');
    const shown = value
      .replace(/^\s*>/, '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/^ ?\[ ?|,? ?\] ?$/g, '')
      .trim();
    return `| \`${name}\` (${kind}) | ${about} | \`${shown.length > 90 ? `${shown.slice(0, 90)} …` : shown}\` |`;
  });
  return ['| Name | What it is | Default |', '| --- | --- | --- |', ...rows].join('\n');
}

interface Tally {
  lines: number;
  /** Lines by the priority of their one alert; `none` for quiet lines. */
  readonly byPriority: Map<Priority | 'none', number>;
}

function tally(watch: Watch, lines: Iterable<readonly [line: string, object?: string]>): Tally {
  const counted: Tally = { lines: 0, byPriority: new Map() };
  for (const [line, object] of lines) {
    const alerts = watch.alerts(line, object);
    if (alerts === undefined) continue;
    counted.lines += 1;
    const priority = alerts[0]?.priority ?? 'none';
    counted.byPriority.set(priority, (counted.byPriority.get(priority) ?? 0) + 1);
  }
  return counted;
}

const shownPriorities = [...priorities.slice(2, 7), 'none'] as const;

function measuredRow(name: string, { lines, byPriority }: Tally): string {
  const counts = shownPriorities.map((priority) => byPriority.get(priority) ?? 0);
  const quiet = byPriority.get('none') ?? 0;
  const loud = [...byPriority].reduce(
    (sum, [priority, count]) => sum + (priority !== 'none' && atLeast(priority, 'Warning') ? count : 0),
    0,
  );
  const percent = (count: number): string => `${((100 * count) / lines).toFixed(1)} %`;
  return `| ${[name, lines, percent(lines - quiet), percent(loud), ...counts].join(' | ')} |`;
}

const measuredHead = [
  `| Traffic | Lines | With an alert | WARNING or more | ${shownPriorities.join(' | ')} |`,
  `|${' --- |'.repeat(shownPriorities.length + 4)}`,
];

export function sampleMeasurements(): string {
  const watch = new Watch(loadPack());
  const lines = sampleObjects().flatMap(({ name, lines }) => lines.map((line) => ({ ...line, name })));
  const part = (attacked: boolean): Tally =>
    tally(
      watch,
      lines.filter(({ attack }) => (attack !== undefined) === attacked).map(({ text, name }) => [text, name] as const),
    );
  return [...measuredHead, measuredRow('ordinary', part(false)), measuredRow('attacks and trouble', part(true))].join(
    '\n',
  );
}

export function corpusMeasurements(): string {
  const watch = new Watch(loadPack());
  const row = (name: string, files: readonly string[]): string =>
    measuredRow(
      name,
      tally(
        watch,
        files.flatMap(corpusLines).map((line) => [line] as const),
      ),
    );
  const scanned = Object.keys(scannerTraffic).map((file) => row(file, [file]));
  return [...measuredHead, ...scanned, row('lines of AWS documentation', documentationFiles)].join('\n');
}

/** `page` with the text between `<!-- name -->` and `<!-- /name -->` replaced. */
export function withSection(page: string, name: string, text: string): string {
  const from = page.indexOf(`<!-- ${name} -->`);
  const to = page.indexOf(`<!-- /${name} -->`);
  if (from < 0 || to < from) throw new Error(`docs/detection.md has no section ${name}`);
  return `${page.slice(0, from)}<!-- ${name} -->\n${text}\n${page.slice(to)}`;
}

/** Tables without the blanks and dashes that the formatter lines them up with. */
export function unpadded(page: string): string {
  return page.replace(/-{3,}/g, '---').replace(/ +/g, ' ');
}

import { hash } from 'node:crypto';
import { bytesOfText } from '../../src/base/bytes.ts';
import {
  BadLine,
  type EventField,
  type EventValue,
  type LogEvent,
  type LogFormat,
} from '../../src/detect/formats/format.ts';
import type { EngineOptions, EventSource, LoadedRules, RulesFinding } from '../../src/detect/rules/engine.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';

/** An event of the test source `web`: its fields by name. */
export interface WebEvent extends LogEvent {
  readonly values: Readonly<Record<string, EventValue>>;
}

const field = (name: string, type: EventField<WebEvent>['type'], list = false): EventField<WebEvent> => ({
  name,
  type,
  ...(list && { list }),
  about: name,
  read: (event) => event.values[name],
});

export const webFormat: LogFormat<WebEvent> = {
  name: 'web',
  about: 'A web log for tests.',
  eventSource: 'web',
  fields: [
    field('web.path', 'string'),
    field('web.agent', 'string'),
    field('web.status', 'uint64'),
    field('web.client', 'ipaddr'),
    field('web.names', 'string', true),
    {
      name: 'web.header',
      type: 'string',
      arg: { required: true, index: false, key: true },
      about: 'A header.',
      read: (event, arg) => event.values[`web.header.${arg}`],
    },
  ],
  recognises: () => true,
  parse: () => new BadLine('none', 'events are made by webEvent'),
};

export const webSource: EventSource = {
  name: 'web',
  plugin: { name: 'webplugin', version: '1.4.2' },
  fields: webFormat.fields,
};

/** Texts are given as text, at 2026-03-04T05:06:07.089000001Z unless said otherwise. */
export function webEvent(
  values: Readonly<Record<string, EventValue>>,
  { line = 1, timeNs = 1_772_600_767_089_000_001n } = {},
): WebEvent {
  const bytes = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? bytesOfText(value) : value,
  ]);
  return {
    raw: `line ${line}`,
    origin: { object: 'web.log', facts: {} },
    line,
    eventId: hash('sha256', `web.log\0${line}`).slice(0, 32),
    timeNs,
    values: Object.fromEntries(bytes) as Record<string, EventValue>,
  };
}

/** Loads texts as rules files `0.yaml`, `1.yaml` … for the source `web`. */
export function loadTexts(texts: readonly string[], options: Partial<EngineOptions> = {}): LoadedRules {
  const files = texts.map((content, i) => ({ name: `${i}.yaml`, content }));
  return loadRules(files, { sources: [webSource], ...options });
}

/** A rule with everything that a rule needs; `more` is further YAML, indented by two. */
export function ruleText(condition: string, more: readonly string[] = []): string {
  const lines = [
    '- rule: r',
    '  desc: d',
    `  condition: ${condition}`,
    '  output: o',
    '  priority: INFO',
    '  source: web',
  ];
  return `${[...lines, ...more.map((line) => `  ${line}`)].join('\n')}\n`;
}

export function errorsOf(loaded: LoadedRules): readonly RulesFinding[] {
  return loaded.files.flatMap(({ errors }) => errors);
}

export function warningsOf(loaded: LoadedRules): readonly RulesFinding[] {
  return loaded.files.flatMap(({ warnings }) => warnings);
}

/** The canonical condition of the first rule, or the error's code and message. */
export function conditionOf(loaded: LoadedRules): string {
  const [error] = errorsOf(loaded);
  return error ? `${error.code}: ${error.message}` : (loaded.ruleSet?.rules[0]?.condition ?? 'no rule');
}

import type { Alert, FieldValue } from '../../alert/alert.ts';
import type { Priority } from '../../alert/priority.ts';
import type { GoTemplate } from '../../base/go-template.ts';
import { type Json, stringifyJson } from '../../base/json.ts';
import { placesOf, sayPlace } from './place.ts';
import { flag, slackCode, slackText } from './slack-text.ts';

/** falcosidekick's colours, so that a channel looks the same after moving here. */
const colours: Readonly<Record<Priority, string>> = {
  Emergency: '#e20b0b',
  Alert: '#ff5400',
  Critical: '#ff5400',
  Error: '#e20b0b',
  Warning: '#ffc700',
  Notice: '#5bffb5',
  Informational: '#68c2ff',
  Debug: '#ccfff2',
};

// docs.slack.dev, reference of blocks and of chat.postMessage.
const maxHeader = 150;
const maxSection = 3000;
const maxFieldsInSection = 10;
const maxField = 2000;
const maxContextElements = 10;
/** Ours: three sections are a screenful. */
const maxFields = 30;
const maxFieldName = 200;
const maxFieldValue = 500;
const maxFallback = 300;
const maxText = 3000;

export interface SlackMessage {
  readonly text: string;
  readonly attachments: readonly {
    readonly color: string;
    readonly fallback: string;
    readonly blocks: readonly Block[];
  }[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

interface MrkdwnText {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Bare URLs and channel names that an attacker wrote do not become links. */
  readonly verbatim: true;
}

type Block =
  | {
      readonly type: 'header';
      readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
    }
  | { readonly type: 'section'; readonly text: MrkdwnText }
  | { readonly type: 'section'; readonly fields: readonly MrkdwnText[] }
  | { readonly type: 'context'; readonly elements: readonly MrkdwnText[] };

/** Where a message links to, and what it shows. */
export interface SlackLook {
  /** The triage page; `/alerts/ID` is put behind it. */
  readonly pageUrl?: string;
  readonly showFields: boolean;
  /** The last line. A person's own words: marked up as they are. */
  readonly footer?: string;
  /** Makes the line above the message; what it is given of the alert is escaped. */
  readonly heading?: GoTemplate;
}

/** The alert as a message within every limit of Slack, whatever it says. */
export function slackMessage(alert: Alert, { pageUrl, showFields, footer, heading }: SlackLook): SlackMessage {
  const title = `${alert.priority}: ${alert.rule}`;
  const fallback = slackText(alert.output, maxFallback);
  const blocks: Block[] = [
    { type: 'header', text: { type: 'plain_text', text: plain(title, maxHeader), emoji: false } },
    { type: 'section', text: mrkdwn(slackText(alert.output, maxSection) || '—') },
    ...(showFields ? fieldSections(alert) : []),
    { type: 'context', elements: context(alert, pageUrl) },
    ...(footer === undefined ? [] : [{ type: 'context', elements: [mrkdwn(footer)] } as const]),
  ];
  // Go's word for what is not there would be a link.
  const headed = heading?.(templateData(alert)).replaceAll('<no value>', '&lt;no value&gt;').slice(0, maxText);
  return {
    text: headed === undefined || headed.trim() === '' ? slackText(title, maxFallback) : headed,
    attachments: [{ color: colours[alert.priority], fallback, blocks }],
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** What falcosidekick's templates see of an alert, each text escaped: no mention or link of an attacker's comes to life in it. */
function templateData({ output, priority, rule, time, hostname = '', source, tags, fields }: Alert): Json {
  const outputFields = Object.entries(fields).map(([name, value]): [string, Json] => {
    if (typeof value === 'string') return [name, slackText(value, maxFieldValue)];
    const isList = typeof value === 'object' && value !== null;
    return [name, isList ? slackText(stringifyJson(value), maxFieldValue) : value];
  });
  return {
    Output: slackText(output, maxSection),
    Priority: priority,
    Rule: slackText(rule, maxHeader),
    Time: slackText(time, maxHeader),
    Hostname: slackText(hostname, maxHeader),
    Source: slackText(source, maxHeader),
    Tags: tags.map((tag) => slackText(tag, maxHeader)),
    OutputFields: Object.fromEntries(outputFields),
  };
}

/** The whole log line: in a message it would drown the rest; the triage page has it. */
const leftOut = 'awselb.raw';

function fieldSections({ fields }: Alert): Block[] {
  const shown = Object.keys(fields)
    .filter((name) => name !== leftOut)
    .sort()
    .flatMap((name) => {
      const value = fields[name];
      return value === undefined || value === null ? [] : [mrkdwn(fieldText(name, value))];
    });
  const sections: Block[] = [];
  for (let start = 0; start < Math.min(shown.length, maxFields); start += maxFieldsInSection)
    sections.push({ type: 'section', fields: shown.slice(start, Math.min(start + maxFieldsInSection, maxFields)) });
  const more = shown.length - maxFields;
  if (more > 0) sections.push({ type: 'context', elements: [mrkdwn(`and ${more} more fields`)] });
  return sections;
}

function fieldText(name: string, value: FieldValue): string {
  const text = typeof value === 'string' ? value : stringifyJson(value);
  return `*${slackText(name.replaceAll('*', '∗'), maxFieldName)}*\n${slackCode(text, maxFieldValue)}`.slice(
    0,
    maxField,
  );
}

function context(alert: Alert, pageUrl: string | undefined): MrkdwnText[] {
  const places = placesOf(alert).flatMap((place) => {
    const said = sayPlace(place);
    return said === '' ? [] : [slackText(`${flag(place.country ?? '')} ${said} (${place.field})`.trim(), 300)];
  });
  const facts = [
    ...new Set(places),
    slackText(alert.time, 40),
    slackText(`source ${alert.source}`, 100),
    ...(alert.hostname === undefined ? [] : [slackText(`host ${alert.hostname}`, 100)]),
    ...(alert.tags.length === 0 ? [] : [slackText(`tags ${alert.tags.join(', ')}`, 300)]),
  ];
  const link =
    pageUrl === undefined ? [] : [`<${pageUrl.replace(/\/+$/, '')}/alerts/${encodeURIComponent(alert.id)}|open>`];
  return [...facts.slice(0, maxContextElements - link.length), ...link].map(mrkdwn);
}

function mrkdwn(text: string): MrkdwnText {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** plain_text is not marked up, but Slack turns `&lt;` in it back: the same escapes hold. */
function plain(text: string, max: number): string {
  return slackText(text, max) || '—';
}

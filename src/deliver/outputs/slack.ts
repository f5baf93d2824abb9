import { z } from 'zod';
import type { Alert } from '../../alert/alert.ts';
import { goTemplate, secretText, secretUrl } from '../../base/config-values.ts';
import { type HttpAnswer, openHttpClient, outcomeOfStatus } from '../../base/http-client.ts';
import { done, type Outcome, reject, retry } from '../../base/outcome.ts';
import { present } from '../../base/present.ts';
import { printable } from '../../base/printable.ts';
import { tlsSettings } from '../../base/tls-settings.ts';
import { defineOutput } from './output.ts';
import { slackMessage } from './slack-message.ts';
import { tlsFindings } from './tls-findings.ts';

/** docs.slack.dev, "Rate limits": one message a second for each webhook or channel. */
const betweenMs = 1000;
/** Groups whose thread is remembered; after that, and after a restart, a summary begins a new thread. */
const maxThreads = 1000;

export const slack = defineOutput({
  kind: 'slack',
  about: 'Posts alerts to a Slack channel, by webhook, or by bot token with one thread for each group.',
  config: z
    .strictObject({
      webhook_url: secretUrl.optional().describe('An incoming webhook; or give bot_token and channel'),
      bot_token: secretText.optional().describe('A bot token (xoxb-…) with chat:write'),
      channel: z
        .string()
        .min(1)
        .optional()
        .describe(
          'The channel’s id or #name: with bot_token, or for webhooks of the old kind, which let a message say it',
        ),
      api_url: z.url({ protocol: /^https?$/ }).default('https://slack.com/api'),
      username: z.string().min(1).max(80).optional(),
      icon_url: z.url({ protocol: /^https?$/ }).optional(),
      footer: z.string().min(1).max(300).optional().describe('The last line of every message'),
      message_template: goTemplate
        .optional()
        .describe(
          'The line above the message, a Go template of .Output .Priority .Rule .Time .Hostname .Source .Tags and (index .OutputFields "x"); by default priority and rule',
        ),
      fields: z.boolean().default(true).describe('Show the output fields'),
      page_url: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe('Address of the triage page, to link alerts to'),
      tls: tlsSettings.optional().describe('Authorities and a client certificate of your own'),
    })
    .refine(
      ({ webhook_url, bot_token, channel }) =>
        webhook_url === undefined ? bot_token !== undefined && channel !== undefined : bot_token === undefined,
      'give either webhook_url, or bot_token and channel',
    ),
  batch: () => ({ maxAlerts: 1, maxBytes: 8 * 1_048_576, maxWaitMs: 0 }),
  findings: ({ tls, webhook_url, api_url }, tools) => tlsFindings(tls, webhook_url?.reveal() ?? api_url, tools),
  async open(
    { webhook_url, bot_token, channel, api_url, username, icon_url, footer, message_template, fields, page_url, tls },
    { clock, resolvePath },
  ) {
    const http = await openHttpClient({ clock, resolvePath, tls });
    const threads = new Map<string, string>();
    let nextMs = 0;

    const look = present({ showFields: fields, pageUrl: page_url, footer, heading: message_template });
    const post = (body: Record<string, unknown>, signal: AbortSignal): Promise<HttpAnswer> => {
      const headers: Record<string, string> = { 'content-type': 'application/json; charset=utf-8' };
      if (bot_token !== undefined) headers['authorization'] = `Bearer ${bot_token.reveal()}`;
      const url = webhook_url?.reveal() ?? `${api_url}/chat.postMessage`;
      return http.post({ url, headers, body: JSON.stringify(body) }, signal);
    };

    const sendOne = async (alert: Alert, signal: AbortSignal): Promise<Outcome> => {
      await clock.sleep(Math.max(0, nextMs - clock.now()), signal);
      signal.throwIfAborted();
      nextMs = clock.now() + betweenMs;
      const group = alert.enrichment?.['group.key'];
      const thread = typeof group === 'string' ? threads.get(group) : undefined;
      const answer = await post(
        {
          ...slackMessage(alert, look),
          ...(channel === undefined ? {} : { channel }),
          ...(username === undefined ? {} : { username }),
          ...(icon_url === undefined ? {} : { icon_url }),
          ...(thread === undefined ? {} : { thread_ts: thread }),
        },
        signal,
      );
      if (webhook_url !== undefined) return outcomeOfStatus(answer, printable(answer.body.slice(0, 200)));
      const { outcome, ts } = apiOutcome(answer);
      if (typeof group === 'string' && thread === undefined && ts !== undefined) {
        if (threads.size >= maxThreads) threads.clear();
        threads.set(group, ts);
      }
      return outcome;
    };

    return {
      async send(alerts, signal) {
        const outcomes: Outcome[] = [];
        for (const alert of alerts) outcomes.push(await sendOne(alert, signal));
        return outcomes;
      },
      async probe(signal) {
        if (bot_token === undefined) return http.reachable(webhook_url?.reveal() ?? api_url, signal);
        const headers = { authorization: `Bearer ${bot_token.reveal()}` };
        const { outcome } = apiOutcome(await http.post({ url: `${api_url}/auth.test`, headers, body: '' }, signal));
        if (outcome.kind !== 'done') throw outcome.cause;
      },
      problems: () => http.problems(),
      close: () => http.close(),
    };
  },
});

/** Errors of the Web API that pass by themselves (docs.slack.dev, chat.postMessage). */
const passing = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'message_limit_exceeded',
]);

/** The Web API answers 200 with `ok: false` when it did not do what was asked. */
function apiOutcome(answer: HttpAnswer): { readonly outcome: Outcome; readonly ts?: string } {
  const plain = outcomeOfStatus(answer, printable(answer.body.slice(0, 200)));
  if (plain.kind !== 'done') return { outcome: plain };
  const { ok, error, ts } = parseAnswer(answer.body);
  if (ok === true) return { outcome: done, ...(typeof ts === 'string' ? { ts } : {}) };
  const said = typeof error === 'string' ? printable(error.slice(0, 100)) : 'an answer that is not Slack’s';
  const cause = new Error(`Slack says: ${said}`);
  return {
    outcome: typeof error !== 'string' || passing.has(error) ? retry(cause, answer.retryAfterMs) : reject(cause),
  };
}

function parseAnswer(body: string): { readonly ok?: unknown; readonly error?: unknown; readonly ts?: unknown } {
  // The start of the answer is all that was read; `message` at its end may be cut off.
  const ok = /^\s*\{\s*"ok"\s*:\s*(true|false)/.exec(body)?.[1];
  if (ok === undefined) return {};
  return {
    ok: ok === 'true',
    error: /"error"\s*:\s*"([^"]*)"/.exec(body)?.[1],
    ts: /"ts"\s*:\s*"([^"]*)"/.exec(body)?.[1],
  };
}

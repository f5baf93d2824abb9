import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config/config.ts';

const text = readFileSync(join(import.meta.dirname, '../docs/aws.md'), 'utf8');

/** The code blocks of a language, without the indentation of the list that they stand in. */
function blocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\``, 'gm'))].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

describe('docs/aws.md', () => {
  it('shows configs that load', () => {
    const configs = blocks('yaml').map((yaml) => parseConfig(yaml, 'docs.yaml', { ELB_LOGS_EXTERNAL_ID: 'tenant-7' }));
    expect(configs.flatMap(({ sources }) => sources.map(({ name }) => name))).toEqual([
      'elb-logs',
      'production',
      'staging',
      'elb-logs',
      'alb',
    ]);
  });

  it('shows policies that are JSON', () => {
    const policies = blocks('json').map((json) => JSON.parse(json) as { Version: string });
    expect(policies.map(({ Version: version }) => version)).toEqual(Array(5).fill('2012-10-17'));
  });

  it('makes queue attributes and notifications that are JSON, policies inside them too', () => {
    const documents = blocks('sh').flatMap((script) =>
      [...script.matchAll(/<<JSON\n([\s\S]*?)^JSON$/gm)].map(
        ([, json = '']) => JSON.parse(json) as Record<string, string>,
      ),
    );
    expect(documents.map((document) => Object.keys(document))).toEqual([
      ['VisibilityTimeout', 'MessageRetentionPeriod', 'RedrivePolicy', 'Policy'],
      ['QueueConfigurations'],
    ]);
    expect(() =>
      ['RedrivePolicy', 'Policy'].map((name): unknown => JSON.parse(documents[0]?.[name] ?? '')),
    ).not.toThrow();
  });

  it('explains messages that the code has', () => {
    const code = readdirSync(join(import.meta.dirname, '../src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(import.meta.dirname, '../src', path), 'utf8'))
      .join('\n');
    const table = text.slice(text.indexOf('## What goes wrong'));
    const messages = [...table.matchAll(/^\| `([^`]+)`/gm)].map(([, message = '']) => message);
    expect(messages.length).toBeGreaterThan(10);
    // The ellipsis, and the names of actions and places, stand for what the code fills in.
    const parts = messages.flatMap((message) =>
      message.split(/…|queue|(?:s3|sts|elasticloadbalancing):\w+ on (?:s3:\/\/|role|the load balancers)|15 minutes/),
    );
    expect(parts.map((part) => part.trim()).filter((part) => !code.includes(part))).toEqual([]);
  });
});

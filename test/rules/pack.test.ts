import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { atLeast } from '../../src/alert/priority.ts';
import { awselbSource } from '../../src/detect/formats/catalogue.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import { albLine } from '../support/alb-line.ts';
import { corpusIsHere, corpusLines, orSkipped } from '../support/corpus.ts';
import { loadPack, Watch } from '../support/pack.ts';
import { documentationFiles, scannerTraffic } from '../support/scanner-traffic.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const root = join(import.meta.dirname, '../..');
const pack = loadPack();
const rules = pack.ruleSet?.rules ?? [];

interface RuleTest {
  readonly name: string;
  readonly line: string;
  readonly expect: readonly string[];
  readonly matching?: 'first' | 'all';
}
const tests = parse(readFileSync(join(root, 'rules/awselb_rules.test.yaml'), 'utf8')) as readonly RuleTest[];

/** Rules that need an override, a country or a line of 8,000 bytes: tuning.test.ts hits them. */
const testedElsewhere = [
  'Client From Watched Provider',
  'Client From Watched Country',
  'Client Outside Served Countries',
  'Host Not Served',
  'Oversized URL',
  'No User Agent',
  'Library User Agent',
];

describe('the rule pack', () => {
  it('loads without an error or a warning', () => {
    expect(pack.files.map(({ errors, warnings }) => ({ errors, warnings }))).toEqual([{ errors: [], warnings: [] }]);
    expect(rules.length).toBeGreaterThanOrEqual(90);
  });

  it('tags every rule with aws, elb and what it is about', () => {
    for (const { name, tags, source } of rules) {
      expect(source, name).toBe('awselb');
      expect(tags, name).toEqual(expect.arrayContaining(['aws', 'elb']));
      expect(tags.length, name).toBeGreaterThan(2);
    }
  });

  it('gives every technique of MITRE ATT&CK its tactic', () => {
    for (const { name, tags } of rules) {
      const technique = tags.some((tag) => /^T[0-9]{4}([.][0-9]{3})?$/.test(tag));
      const tactic = tags.some((tag) => tag.startsWith('mitre_'));
      expect({ name, technique }).toEqual({ name, technique: tactic });
    }
  });

  it('names in every output the balancer and where the line stands, and who asked what', () => {
    for (const { name, output } of rules) {
      expect(output, name).toContain('%awselb.name object=%awselb.object line=%awselb.line)');
      expect(output, name).toMatch(
        /client=%awselb[.]client_ip country=%awselb[.]client_country|target=%awselb[.]target_ip/,
      );
    }
  });

  it('uses nothing that Falco 0.42 lacks, and no constant longer than Falco takes', () => {
    const items = parse(readFileSync(join(root, 'rules/awselb_rules.yaml'), 'utf8')) as readonly {
      condition?: string;
    }[];
    const quoted = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
    for (const { condition = '' } of items) {
      expect(condition.replaceAll(quoted, '""')).not.toMatch(/ (oneof|anyof|allof) |(join|concat|getopt)\(/);
      for (const constant of condition.match(quoted) ?? []) {
        expect(constant).not.toContain('\\x');
        expect(constant.length - 2, constant).toBeLessThanOrEqual(255);
      }
    }
  });

  it('matches paths and queries decoded: no condition on the raw query', () => {
    for (const { name, condition } of rules)
      expect(condition, name).not.toMatch(/awselb[.]request_query (=|i?contains|i?glob|regex)/);
  });
});

describe('the tests of the rule pack', () => {
  const watches = {
    first: new Watch(loadPack({ ruleMatching: 'first' })),
    all: new Watch(loadPack({ ruleMatching: 'all' })),
  };

  it.each(tests)('$name', ({ line, expect: expected, matching = 'all' }) => {
    expect(watches[matching].rules(line)).toEqual(expected);
  });

  it('hit every rule', () => {
    const hit = new Set([...tests.flatMap((test) => test.expect), ...testedElsewhere]);
    expect(rules.map(({ name }) => name).filter((name) => !hit.has(name))).toEqual([]);
    expect([...hit].filter((name) => !rules.some((rule) => rule.name === name))).toEqual([]);
  });

  it('have near misses as well', () => {
    expect(tests.filter((test) => test.expect.length === 0).length).toBeGreaterThan(70);
  });
});

/** What each attack of the samples must raise, as the one alert that Falco raises. */
const sampleAttacks: Readonly<Record<string, readonly string[]>> = {
  actuator: ['Diagnostics Probe'],
  ambiguous: ['Ambiguous Request'],
  backup: ['Backup File Requested'],
  'certificate-expired': ['Expired Client Certificate'],
  'certificate-untrusted': ['Untrusted Client Certificate'],
  'cloud-credentials': ['Secret File Requested'],
  command: ['Command Injection'],
  crlf: ['Header Injection'],
  dotenv: ['Secret File Requested'],
  gateway: ['Target Connection Failed', 'Target Timed Out'],
  git: ['Secret File Requested'],
  iot: ['Device Exploit'],
  log4shell: ['Log4Shell Lookup'],
  login: ['Login Refused'],
  malformed: ['Malformed Request'],
  metadata: ['SSRF To Cloud Metadata'],
  method: ['Dangerous Method', 'Unusual Method'],
  ognl: ['OGNL Injection'],
  'php-argument': ['PHP Argument Injection'],
  phpmyadmin: ['Database Console Probe'],
  phpunit: ['PHPUnit Remote Code'],
  'raw-ip-host': ['Request To Bare Address'],
  shellshock: ['Shellshock'],
  smuggling: ['Request Smuggling'],
  spring4shell: ['Spring4Shell'],
  sqli: ['SQL Injection', 'SQL Injection Broke Target'],
  'target-error': ['Target Error'],
  template: ['Template Injection'],
  'tls-alert': ['TLS Handshake Failed'],
  tool: ['Attack Tool'],
  traversal: ['Path Traversal'],
  'unhealthy-target': ['Target Unhealthy'],
  'weak-tls': ['Weak TLS'],
  'web-shell': ['Web Shell Answered'],
  wordpress: ['WordPress Probe'],
  xss: ['Cross Site Scripting'],
};

describe('the samples under the rule pack', () => {
  const watch = new Watch(pack);
  const lines = sampleObjects().flatMap(({ name, lines }) => lines.map((line) => ({ ...line, name })));

  it('show every attack with its rule', () => {
    const raised = new Map<string, Set<string>>();
    for (const { text, name, attack } of lines) {
      if (attack === undefined) continue;
      const alerts = watch.rules(text, name);
      expect(alerts.length, text).toBe(1);
      raised.set(attack, new Set([...(raised.get(attack) ?? []), ...alerts]));
    }
    const found = Object.fromEntries([...raised].map(([attack, names]) => [attack, [...names].sort()]));
    expect(found).toEqual(sampleAttacks);
  });

  it('stay quiet on ordinary traffic: nothing above INFO', () => {
    const loud = lines
      .filter(({ attack }) => attack === undefined)
      .flatMap(({ text, name }) => watch.alerts(text, name) ?? [])
      .filter(({ priority }) => atLeast(priority, 'Notice'));
    expect(loud.map(({ output }) => output)).toEqual([]);
  });
});

describe.runIf(corpusIsHere)(`real traffic under the rule pack${orSkipped}`, () => {
  const watch = new Watch(pack);

  it.each(Object.entries(scannerTraffic))('%s: every line raises the alert that was judged right', (file, expected) => {
    const raised: Record<string, number[]> = {};
    corpusLines(file).forEach((line, index) => {
      const [rule = 'none'] = watch.rules(line);
      (raised[rule] ??= []).push(index + 1);
    });
    expect(raised).toEqual(
      Object.fromEntries(Object.entries(expected).map(([rule, ranges]) => [rule, numbersIn(ranges)])),
    );
  });

  it.each(documentationFiles)('%s: nothing above NOTICE', (file) => {
    const loud = corpusLines(file)
      .flatMap((line) => watch.alerts(line) ?? [])
      .filter(({ priority }) => atLeast(priority, 'Warning'));
    expect(loud.map(({ output }) => output)).toEqual([]);
  });
});

/** `1-3 7` → 1, 2, 3, 7. */
function numbersIn(ranges: string): readonly number[] {
  return ranges.split(' ').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

describe('rules in the shape of the registered awselb plugin', () => {
  const registered = `
- required_engine_version: 10
- required_plugin_versions:
    - name: awselb
      version: 0.1.0
- rule: Any Balancer Event
  desc: Every event, off by default.
  condition: evt.num > 0
  output: event of %awselb.name (client=%awselb.client_ip:%awselb.client_port plugin=%evt.pluginname info=%evt.plugininfo)
  priority: DEBUG
  tags: [cloud, aws, aws_elb]
  source: awselb
  enabled: false
- rule: Slow By Text
  desc: The registered plugin has its times as text, and Falco compares text byte by byte.
  condition: awselb.target_processing_time > 5.0
  output: slow (time=%awselb.target_processing_time url=%awselb.request_url)
  priority: INFO
  tags: [cloud, aws, aws_elb]
  source: awselb
- rule: Tool By Name
  desc: Three tools.
  condition: awselb.user_agent contains "sqlmap" or awselb.user_agent contains "nmap" or awselb.user_agent contains "nikto"
  output: tool (user_agent=%awselb.user_agent status=%awselb.elb_status_code)
  priority: WARNING
  tags: [cloud, aws, aws_elb]
  source: awselb
`;
  const loaded = loadRules([{ name: 'registered.yaml', content: registered }], { sources: [awselbSource] });

  it('load unchanged', () => {
    expect(loaded.files.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  });

  it('say what they say there', () => {
    const watch = new Watch(loaded);
    const slow = (seconds: string): readonly string[] =>
      watch.rules(albLine({ agent: 'x' }).replace(' 0.012 ', ` ${seconds} `));
    expect(slow('6.500')).toEqual(['Slow By Text']);
    expect(slow('10.200')).toEqual([]);
    expect(watch.rules(albLine({ agent: 'nikto/2.5' }))).toEqual(['Tool By Name']);
    expect(watch.rules(albLine())).toEqual([]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { albConnection } from '../../../../src/detect/formats/alb-connection.ts';
import { albHealth } from '../../../../src/detect/formats/alb-health.ts';
import { alb } from '../../../../src/detect/formats/alb.ts';
import { awselbSource } from '../../../../src/detect/formats/catalogue.ts';
import { clb } from '../../../../src/detect/formats/clb.ts';
import type { ElbEvent } from '../../../../src/detect/formats/elb-event.ts';
import { BadLine, type LineOrigin, type LogFormat } from '../../../../src/detect/formats/format.ts';
import { nlb } from '../../../../src/detect/formats/nlb.ts';
import { formatOf } from '../../../../src/detect/formats/registry.ts';
import { eachLine } from '../../../../src/detect/lines.ts';
import type { KeptFilters, QuietLines, RuleEngine, RuleSet, Suspect } from '../../../../src/detect/rules/engine.ts';
import { loadRules } from '../../../../src/detect/rules/load-rules.ts';
import { present } from '../../../../src/base/present.ts';
import { FiltersInMemory } from '../../../support/filters-in-memory.ts';
import { albLines, bentLine, bentLineOf, linesOf } from '../../../support/bent-lines.ts';
import { loadPack } from '../../../support/pack.ts';

const geo: LineOrigin['geo'] = (address) => (address.endsWith('7') ? { country: 'ZZ', asn: 64497 } : { country: 'DE' });
const origin: LineOrigin = { object: 'some.log', facts: {}, geo };
const firstLine = albLines[0] ?? '';

/**
 * Engines of the same rules: one asks the bytes first, another does so with what was kept of that one, the last makes an event
 * of every line.
 */
class Pair {
  readonly #format: LogFormat<ElbEvent>;
  readonly #engine: RuleEngine<ElbEvent>;
  readonly #keeping: RuleEngine<ElbEvent>;
  readonly #other: RuleEngine<ElbEvent>;
  readonly #quiet: QuietLines | undefined;
  readonly #kept: QuietLines | undefined;

  /** Of three rule sets, since engines of one count events together. */
  constructor(rules: (kept?: KeptFilters) => RuleSet, format: LogFormat<ElbEvent> = alb, line = firstLine) {
    this.#format = format;
    const filters = new FiltersInMemory();
    this.#engine = rules(filters).engine(format);
    this.#keeping = rules(filters).engine(format);
    this.#other = rules().engine(format);
    this.#quiet = this.#engine.quietLines?.(geo);
    this.#kept = this.#keeping.quietLines?.(geo);
    expect(filters.found).toEqual(this.#quiet ? [format.name] : []);
    this.evaluate(line);
  }

  /** The rules that match; says so where the engines differ. Undefined for a line that is no event. */
  evaluate(line: string): { readonly rules: readonly string[]; readonly passed: boolean } | undefined {
    const bytes = Buffer.from(`${line}\n`, 'latin1');
    const passed = this.#quiet?.pass(bytes, 0) === bytes.length;
    expect(this.#kept?.pass(bytes, 0) === bytes.length).toBe(passed);
    expect(this.#kept?.suspects?.map(shown)).toEqual(this.#quiet?.suspects?.map(shown));
    const event = formatOf(line) === this.#format ? this.#format.parse(line, origin, 1) : new BadLine('', '');
    if (event instanceof BadLine) {
      if (passed) throw new Error(`passed, but not an event: ${line}`);
      return undefined;
    }
    const expected = this.#other.evaluate(event);
    const suspects = this.#quiet?.suspects;
    const alerts = passed ? [] : this.#engine.matches(event, suspects).map((match) => match.alert());
    expect({ line, alerts }).toEqual({ line, alerts: expected });
    if (!passed) this.#keeping.matches(event, this.#kept?.suspects);
    return { rules: expected.map(({ rule }) => rule), passed };
  }
}

function shown({ rule, certain }: Suspect): string {
  return `${rule} ${certain}`;
}

function ruleSet(conditions: readonly string[], keptFilters?: KeptFilters): RuleSet {
  const rules = conditions.map((condition, n) => ({
    rule: `Rule ${n}`,
    desc: 'x',
    condition,
    output: '%evt.num %evt.reltime',
    priority: 'INFO',
    source: 'awselb',
  }));
  const loaded = loadRules([{ name: 'rules.yaml', content: JSON.stringify(rules) }], {
    sources: [awselbSource],
    ruleMatching: 'all',
    ...present({ keptFilters }),
  });
  if (loaded.ruleSet === undefined) throw new Error(JSON.stringify(loaded.files));
  return loaded.ruleSet;
}

function pack(keptFilters?: KeptFilters): RuleSet {
  const { ruleSet: loaded } = loadPack(present({ keptFilters }));
  if (loaded === undefined) throw new Error('the pack does not load');
  return loaded;
}

const others = [albConnection, albHealth, clb, nlb].map((format) => ({
  name: format.name,
  format,
  lines: linesOf(format),
}));

describe.each(others)('quiet lines of $name', ({ format, lines }) => {
  const first = lines[0] ?? '';

  it('are most of those on which the pack has nothing to say', () => {
    const pair = new Pair(pack, format, first);
    // What texts say is remembered the first time.
    for (const line of lines) pair.evaluate(line);
    const silent = lines.flatMap((line) => pair.evaluate(line) ?? []).filter(({ rules }) => rules.length === 0);
    expect(silent.filter(({ passed }) => passed).length).toBeGreaterThan((format === nlb ? 0.5 : 0.9) * silent.length);
  });

  it('raise nothing with the pack, however a line is bent', () => {
    const pair = new Pair(pack, format, first);
    fc.assert(
      fc.property(bentLineOf(lines), (line) => {
        pair.evaluate(line);
      }),
      { numRuns: 1500 },
    );
  });

  it('raise nothing, whatever the rules are', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 1, maxLength: 6 }),
        fc.array(fc.oneof(bentLineOf(lines), fc.constantFrom(...lines)), { minLength: 1, maxLength: 12 }),
        (conditions, some) => {
          const pair = new Pair((kept) => ruleSet(conditions, kept), format, first);
          for (const line of some) pair.evaluate(line);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('quiet lines', () => {
  it('are nearly all of those on which the pack has nothing to say', () => {
    const pair = new Pair(pack);
    const judged = albLines.flatMap((line) => pair.evaluate(line) ?? []);
    const silent = judged.filter(({ rules }) => rules.length === 0);
    expect(silent.filter(({ passed }) => passed).length).toBeGreaterThan(0.97 * silent.length);
  });

  it('raise nothing with the pack, however a line is bent', () => {
    const pair = new Pair(pack);
    fc.assert(
      fc.property(bentLine, (line) => {
        pair.evaluate(line);
      }),
      { numRuns: 3000 },
    );
  });

  it('raise nothing, whatever the rules are', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 1, maxLength: 6 }),
        fc.array(fc.oneof(bentLine, fc.constantFrom(...albLines)), { minLength: 1, maxLength: 12 }),
        (conditions, lines) => {
          const pair = new Pair((kept) => ruleSet(conditions, kept));
          for (const line of lines) pair.evaluate(line);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are counted: evt.num goes on, and the first event is made for evt.reltime', () => {
    const engine = ruleSet(['awselb.user_agent = sqlmap']).engine(alb);
    const quiet = engine.quietLines?.(undefined);
    const bytes = Buffer.from(firstLine, 'latin1');
    expect(quiet?.pass(bytes, 0)).toBe(0);
    expect(quiet?.suspects).toEqual([]);
    engine.evaluate(event(firstLine));
    expect(quiet?.pass(bytes, 0)).toBe(bytes.length);
    expect(quiet?.pass(Buffer.from(`${firstLine}\n${firstLine}\r\n`, 'latin1'), 0)).toBe(2 * firstLine.length + 3);
    const [alert] = engine.evaluate(event(firstLine.replace(/"Mozilla[^"]*"/, '"sqlmap"')));
    expect(alert?.fields['evt.num']).toBe(5);
  });

  it('are passed over in blocks of any size, between lines of any length', () => {
    const loud = firstLine.replace(/"Mozilla[^"]*"/, '"sqlmap"');
    const long = firstLine.replace(/"Mozilla[^"]*"/, `"${'x'.repeat(700_000)}"`);
    const lines = Array.from({ length: 3000 }, (_, n) => (n % 1000 === 999 ? loud : n === 1500 ? long : firstLine));
    const engine = ruleSet(['awselb.user_agent = sqlmap']).engine(alb);
    const quiet = engine.quietLines?.(undefined);
    engine.matches(event(firstLine));
    const bytes = Buffer.from(`${lines.join('\n')}\n\n${firstLine}`, 'latin1');
    const visited: number[] = [];
    const total = eachLine(
      { bytes, firstLine: 1 },
      {
        pass: (block, at) => ({ next: quiet?.pass(block, at) ?? at, lines: quiet?.passed ?? 0 }),
        line: (_, number) => visited.push(number),
        tooLong: (_, number) => visited.push(number),
      },
    );
    expect(total).toBe(3002);
    expect(visited).toEqual([1000, 1501, 2000, 3000]);
  });

  it('are told by texts that come again, more of them than can be remembered', () => {
    const pair = new Pair((kept) =>
      ruleSet(['awselb.user_agent contains "7/7" or awselb.client_ip endswith ".77"'], kept),
    );
    const agents = Array.from({ length: 9000 }, (_, n) => `${'agent/'.repeat(n % 43)}${n % 4500}/${n % 9}`);
    let found = 0;
    for (const [n, agent] of agents.entries()) {
      const line = firstLine
        .replace(/"Mozilla[^"]*"/, () => `"${agent}"`)
        .replace(/^(\S+ \S+ \S+) \S+/, (_, start: string) => `${start} 10.0.${n % 200}.${n % 101}:1`);
      if ((pair.evaluate(line)?.rules.length ?? 0) > 0) found++;
    }
    expect(found).toBe(agents.filter((agent, n) => agent.includes('7/7') || n % 101 === 77).length);
  });

  it('are told apart by the length of a text and by each of its bytes', () => {
    const pair = new Pair((kept) => ruleSet(['awselb.user_agent endswith X'], kept));
    for (let length = 1; length < 300; length++) {
      const agent = 'a'.repeat(length);
      const spelled = [
        agent,
        `${agent.slice(1)}\0`,
        `${agent.slice(1)}X`,
        `X${agent.slice(1)}`,
        `${agent.slice(1)}X\0`,
      ];
      for (const text of [...spelled, ...spelled]) {
        const judged = pair.evaluate(firstLine.replace(/"Mozilla[^"]*"/, () => `"${text}"`));
        expect({ text, found: judged?.rules.length }).toEqual({ text, found: text.endsWith('X') ? 1 : 0 });
      }
    }
  });

  it('do not exist for rules that may match whatever the bytes are', () => {
    expect(ruleSet(['awselb.object exists']).engine(alb).quietLines?.(undefined)).toBeUndefined();
    expect(
      ruleSet(['awselb.object exists and awselb.user_agent = x']).engine(alb).quietLines?.(undefined),
    ).toBeDefined();
  });
});

function event(line: string): ElbEvent {
  const parsed = alb.parse(line, origin, 1);
  if (parsed instanceof BadLine) throw new Error(parsed.detail);
  return parsed;
}

const textField = fc.constantFrom(
  ...'user_agent request_verb request_host request_path request_query request_url request_uri_decoded request_proto'.split(
    ' ',
  ),
  ...'ssl_protocol domain_name trace_id target_group client_ip actions_executed error_reason request_type name'.split(
    ' ',
  ),
  ...'log_type object client_country conn_trace_id classification tls_alert client_cert_subject'.split(' '),
  ...'tls_verify_status tls_keyexchange alpn_protocol health_status health_reason lb_name timestamp'.split(' '),
);
const numberField = fc.constantFrom(
  ...'elb_status_code target_status_code received_bytes sent_bytes target_time_ms total_time_ms client_port'.split(' '),
  ...'target_port client_asn request_time_ms tls_handshake_ms health_latency_ms health_status_code'.split(' '),
  'listener_port',
);
const word = fc.constantFrom(
  ...'Mozilla mozilla GET http shop.example.com / /admin /p/ /P .env = - a e 1 20 AB waf forward select %2e %25'.split(
    ' ',
  ),
  ...'HTTP/1.1 HTTP/2.0 TLSv1.3 HTTP Chrome 198.51 alb DE ZZ TRACE +, $ { /../ sqlmap $%7Bjndi Root= TID_ .php ?'.split(
    ' ',
  ),
);
const number = fc.constantFrom(
  '0',
  '1',
  '5',
  '80',
  '200',
  '302',
  '404',
  '500',
  '503',
  '5000',
  '123456',
  '9007199254740993',
);
const quoted = (text: string): string => JSON.stringify(text);
const listOf = (item: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(item, { minLength: 1, maxLength: 5 }).map((items) => `(${items.join(', ')})`);
const combined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(' '));
const one = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const text = fc.oneof(
  { weight: 5, arbitrary: textField.map((name) => `awselb.${name}`) },
  textField.map((name) => `tolower(awselb.${name})`),
);
const numeric = numberField.map((name) => `awselb.${name}`);

const check = fc.oneof(
  combined(
    fc.oneof(textField, numberField).map((name) => `awselb.${name}`),
    one('exists'),
  ),
  combined(text, one('=', '!=', 'contains', 'icontains', 'startswith', 'endswith'), word.map(quoted)),
  combined(
    text,
    one('contains', 'icontains', 'startswith', 'endswith', '='),
    one('anyof', 'allof', 'oneof'),
    listOf(word.map(quoted)),
  ),
  combined(text, one('in', 'pmatch'), listOf(word.map(quoted))),
  combined(text, one('glob', 'iglob'), one('"*a*"', '"[0-9]*"', '"*/p*"', '"shop*"', '"*"', '"*a*e*"', '"*P/*=*"')),
  // Checks of one field, which are put together, and of which literals settle some.
  fc
    .tuple(
      textField,
      fc.array(
        fc.oneof(
          combined(one('contains', 'icontains', 'startswith', 'endswith', '='), word.map(quoted)),
          combined(one('glob', 'iglob'), one('"*a*"', '"*/p*.php*"', '"*e/*a*"', '"*A*[0-9]*="', '"*?*h*t*"')),
          combined(one('regex'), one('".*select.*"', '".*[0-9]{3}.*"')),
        ),
        { minLength: 2, maxLength: 6 },
      ),
    )
    .map(([name, checks]) => `(${checks.map((check) => `awselb.${name} ${check}`).join(' or ')})`),
  combined(text, one('regex'), one('".*[0-9]{3}.*"', '"[A-Z]+"', '".*select.*"', '".*"')),
  combined(
    text,
    one('=', '!=', 'contains'),
    textField.map((name) => `val(awselb.${name})`),
  ),
  combined(numeric, one('=', '!=', '<', '<=', '>', '>='), number),
  combined(numeric, one('in'), listOf(number)),
  combined(
    textField.map((name) => `len(awselb.${name})`),
    one('<', '=', '>='),
    one('0', '3', '20', '100'),
  ),
  combined(
    one('awselb.client_net', 'awselb.target_net'),
    one('in'),
    listOf(one('10.0.0.0/8', '192.0.2.0/24', '2a00::/12')),
  ),
  one('evt.num > 3', 'evt.num = 0', 'evt.num != 2', 'evt.source = awselb'),
);

const condition: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: check },
    tie('tree').map((child) => `not (${child})`),
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((parts) => `(${parts.join(' and ')})`),
    fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((parts) => `(${parts.join(' or ')})`),
  ),
})).tree;

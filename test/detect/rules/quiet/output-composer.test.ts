import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { albConnection } from '../../../../src/detect/formats/alb-connection.ts';
import { albHealth } from '../../../../src/detect/formats/alb-health.ts';
import { alb } from '../../../../src/detect/formats/alb.ts';
import { awselbSource } from '../../../../src/detect/formats/catalogue.ts';
import { clb } from '../../../../src/detect/formats/clb.ts';
import type { ElbEvent } from '../../../../src/detect/formats/elb-event.ts';
import { BadLine, type GeoFacts, type LineOrigin, type LogFormat } from '../../../../src/detect/formats/format.ts';
import { nlb } from '../../../../src/detect/formats/nlb.ts';
import { formatOf } from '../../../../src/detect/formats/registry.ts';
import type {
  EngineOptions,
  KeptFilters,
  Match,
  OutputEnding,
  OutputRoom,
  RuleEngine,
  RuleSet,
} from '../../../../src/detect/rules/engine.ts';
import { loadRules } from '../../../../src/detect/rules/load-rules.ts';
import { FiltersInMemory } from '../../../support/filters-in-memory.ts';
import { albLines, bentLine, bentLineOf, linesOf } from '../../../support/bent-lines.ts';

const geo = (address: string): GeoFacts | undefined =>
  address.endsWith('7')
    ? { country: 'ZZ', city: 'S\xc3\xa3o Paulo', asn: 64497, asOrg: 'x'.repeat(200) }
    : address.endsWith('9')
      ? undefined
      : { country: 'DE', city: 'Falkenstein (Vogtland)' };
const firstLine = albLines[0] ?? '';

function rulesSaying(
  outputs: readonly string[],
  options: Partial<EngineOptions> = {},
  always = 'awselb.request_type exists',
): RuleSet {
  const rules = outputs.map((output, n) => ({
    rule: `Rule ${n}`,
    desc: 'x',
    // On every line, and known for certain from its bytes; the second rule is not.
    condition: n === 1 ? `(${always}) and awselb.line > 0` : always,
    output,
    priority: 'INFO',
    source: 'awselb',
  }));
  const loaded = loadRules([{ name: 'rules.yaml', content: JSON.stringify(rules) }], {
    sources: [awselbSource],
    ...options,
  });
  if (loaded.ruleSet === undefined) throw new Error(JSON.stringify(loaded.files));
  return loaded.ruleSet;
}

function originOf(object: string): LineOrigin {
  return { object, facts: { accountId: '111122223333' }, geo };
}

/** Engines of the same rules: one writes outputs from the bytes of lines, another with what was kept of that one, the last from events. */
class Pair {
  composed = 0;
  readonly #format: LogFormat<ElbEvent>;
  readonly #engine: RuleEngine<ElbEvent>;
  readonly #other: RuleEngine<ElbEvent>;
  readonly #quiet;
  readonly #keeping: RuleEngine<ElbEvent>;
  readonly #kept;
  #number = 1;

  constructor(rules: (kept: KeptFilters) => RuleSet, format: LogFormat<ElbEvent> = alb, line = firstLine) {
    this.#format = format;
    const filters = new FiltersInMemory();
    this.#engine = rules(filters).engine(format);
    this.#keeping = rules(filters).engine(format);
    this.#other = rules(filters).engine(format);
    this.#quiet = this.#engine.quietLines?.(geo, ending);
    this.#kept = this.#keeping.quietLines?.(geo, ending);
    expect(filters.found).toEqual(this.#quiet ? [`${format.name}-${ending.name}`] : []);
    this.say(line);
  }

  say(line: string, origin = originOf('some.log')): void {
    this.#number += 1 + (this.#number % 3) * 999_983;
    const bytes = Buffer.from(`${line}\n`, 'latin1');
    this.#quiet?.pass(bytes, 0);
    const matches = this.#quiet?.matches(origin, this.#number);
    const event =
      formatOf(line) === this.#format ? this.#format.parse(line, origin, this.#number) : new BadLine('', '');
    if (event instanceof BadLine) {
      expect(matches).toBeUndefined();
      return;
    }
    const expected = this.#other.matches(event).map(said);
    const written: unknown[] = [];
    const came = (matches ?? this.#engine.matches(event, this.#quiet?.suspects)).map((match) => {
      const output = writtenOutput(match);
      if (output !== undefined) this.composed++;
      const first = said(match);
      written.push([output, first]);
      // The order in which a match is asked does not matter.
      expect({ line, ...said(match) }).toEqual({ line, ...first });
      if (output !== undefined) expect(output).toBe(first.output + endingOf(match));
      return first;
    });
    expect({ line, came }).toEqual({ line, came: expected });
    this.#kept?.pass(bytes, 0);
    const again = this.#kept?.matches(origin, this.#number) ?? this.#keeping.matches(event, this.#kept?.suspects);
    expect(again.map((match) => [writtenOutput(match), said(match)])).toEqual(written);
  }
}

const ending: OutputEnding = {
  name: 'addresses',
  deciders: (fieldKeys) => fieldKeys.filter((key) => key.endsWith('_ip')),
  // Longer than there is room to remember for some, and not ASCII.
  say: (key, value) =>
    value === null ? '' : ` [${key} ${JSON.stringify(value)} \xc3\xa9${value === '10.0.0.43' ? '.'.repeat(500) : ''}]`,
};

function endingOf(match: Match): string {
  const { fieldKeys } = match;
  const [decider] = ending.deciders(fieldKeys);
  const value = decider === undefined ? null : match.field(fieldKeys.indexOf(decider));
  return decider === undefined || value === null ? '' : ending.say(decider, value);
}

function said(match: Match): Record<'fields' | 'time' | 'hour' | 'alert', unknown> & { readonly output: string } {
  const fields = match.fieldKeys.map((_, index) => match.field(index));
  return { fields, time: match.time(), hour: match.hour(), output: match.output(), alert: match.alert() };
}

/** Undefined where it is not written straight from the line. */
function writtenOutput(match: Match): string | undefined {
  const before = 'before ';
  let bytes = Buffer.from(before);
  const room: OutputRoom = {
    space(size) {
      bytes = Buffer.concat([bytes, Buffer.alloc(size)]);
      return before.length;
    },
    get bytes() {
      return bytes;
    },
  };
  const length = match.writeOutput(room);
  expect(bytes.toString('latin1', 0, before.length)).toBe(before);
  return length === 0 ? undefined : bytes.toString('latin1', before.length, before.length + length);
}

const whole = alb.fields.filter(({ name }) => name !== 'awselb.request_uri_decoded').map(({ name }) => `%${name}`);
const plain = ['client_ip', 'client_country', 'request_verb', 'request_url', 'user_agent', 'elb_status_code', 'object'];

describe('outputs written from the bytes of a line', () => {
  it('are those of nearly all lines of printable ASCII, for the fields that outputs mostly have', () => {
    const output = [...plain, 'target_status_code', 'name', 'line', 'target_port', 'target_time_ms']
      .map((name) => `${name}=%awselb.${name}`)
      .join(' ');
    // As the configuration has it where nothing else is said.
    const appendOutput = [{ extraFields: ['awselb.event_id', 'awselb.client_ip', 'awselb.raw'] }];
    const pair = new Pair((keptFilters) =>
      rulesSaying([`Saying ${output} as %evt.num`], { keptFilters, appendOutput }),
    );
    for (const line of albLines) pair.say(line);
    expect(pair.composed).toBeGreaterThan(0.9 * albLines.length);
  });

  it('are what the event would say, whatever they show of it and however a line is bent', () => {
    const field = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...whole) },
      fc.constantFrom('%evt.num', '%evt.time', '%evt.time.iso8601', '%evt.reltime', '%awselb.request_uri_decoded'),
      fc.constantFrom('%12awselb.client_ip', '%toupper(awselb.request_verb)', '%evt.plugininfo', '%awselb.raw'),
    );
    const word = fc.constantFrom(' ', ' and a longer text than sixteen bytes ', ' é ', '=', ' status=');
    const output = fc
      .array(fc.tuple(word, field), { minLength: 1, maxLength: 8 })
      .map((parts) => `Says${parts.flat().join('')} `);
    const line = fc.oneof(bentLine, fc.constantFrom(...albLines));
    fc.assert(
      fc.property(
        fc.array(output, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(line, fc.constantFrom('a.log', 'b.log', 'é.log', 'x'.repeat(5000))), { maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom('first' as const, 'all' as const),
        fc.constantFrom(
          [],
          [{ extraFields: ['awselb.user_agent', ['awselb.client_ip', 'x %awselb.user_agent'] as const] }],
        ),
        (outputs, lines, timeFormatIso8601, ruleMatching, appendOutput) => {
          const pair = new Pair((keptFilters) =>
            rulesSaying(outputs, { keptFilters, timeFormatIso8601, ruleMatching, appendOutput }),
          );
          for (const [text, object] of lines) pair.say(text, originOf(object));
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([albConnection, albHealth, clb, nlb].map((format) => ({ name: format.name, format })))(
    'are what the event of a $name line would say',
    ({ format }) => {
      const lines = linesOf(format);
      const fields = fc.constantFrom(...format.fields.map(({ name }) => `%${name}`), '%evt.time');
      const output = fc.array(fields, { minLength: 1, maxLength: 8 }).map((parts) => `Says ${parts.join(' ')} `);
      const line = fc.oneof(bentLineOf(lines), fc.constantFrom(...lines));
      let composed = 0;
      fc.assert(
        fc.property(
          fc.array(output, { minLength: 1, maxLength: 3 }),
          fc.array(fc.tuple(line, fc.constantFrom('a.log', 'b.log')), { maxLength: 12 }),
          (outputs, some) => {
            const always = 'awselb.client_ip exists or awselb.health_status exists';
            const pair = new Pair((keptFilters) => rulesSaying(outputs, { keptFilters }, always), format, lines[0]);
            for (const [text, object] of some) pair.say(text, originOf(object));
            composed += pair.composed;
          },
        ),
        { numRuns: 100 },
      );
      // The times of network balancers have no fraction: their alerts are made of events.
      if (format !== nlb) expect(composed).toBeGreaterThan(20);
    },
  );

  it.each([
    undefined,
    'Asia/Kathmandu',
    'America/New_York',
    // 44 minutes and 30 seconds behind until 1972.
    'Africa/Monrovia',
  ])('tell times as the event does, whatever is written for one (zone %s)', (zone) => {
    const before = process.env['TZ'];
    if (zone !== undefined) process.env['TZ'] = zone;
    onTestFinished(() => {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    });
    const pair = new Pair((keptFilters) => rulesSaying(['at %evt.time of %awselb.timestamp'], { keptFilters }));
    const iso = new Pair((keptFilters) =>
      rulesSaying(['at %evt.time.iso8601'], { keptFilters, timeFormatIso8601: true }),
    );
    const second = fc
      .date({ min: new Date('1969-01-01'), max: new Date('2105-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 19));
    const ending = fc.oneof(
      fc.constantFrom('', 'Z', '.Z', '.5', '.1234567890Z', '.12345x7Z', '.5+02:00', ',5Z', '.5z'),
      fc.stringMatching(/^\.[0-9]{1,9}Z$/),
    );
    const odd = fc.constantFrom(
      '2026-02-30T12:00:00',
      '2026-02-28T24:00:00',
      '2026-06-30T23:59:60',
      '2026-06-30T23:59:59',
      '2026-06-30T23:59:5:',
      '2026-06-30T23:5959',
      '1970-05-01T00:00:10',
      '1970-01-01T00:00:00',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(second, odd), fc.array(ending, { minLength: 1, maxLength: 3 }))),
        (times) => {
          for (const [text, endings] of times) {
            for (const more of endings) {
              const line = firstLine.replace(/ \S+/, ` ${text}${more}`);
              pair.say(line);
              iso.say(line);
            }
          }
        },
      ),
    );
    expect(pair.composed).toBeGreaterThan(50);
  });

  it('have room for 64 KiB, and may be longer', () => {
    const output = Array(12).fill('%awselb.request_url').join(' ');
    const pair = new Pair((keptFilters) => rulesSaying([output], { keptFilters }));
    // 12 URLs of 14 bytes more, and what stands between and before them.
    for (const length of [1, 5000, 5440, 5441, 5442, 5443, 5444, 5445, 5446, 5447, 5448, 59_000]) {
      pair.say(firstLine.replace(/"GET [^"]*"/, `"GET http://h:80/${'x'.repeat(length)} HTTP/1.1"`));
    }
    expect(pair.composed).toBeGreaterThan(3);
    expect(pair.composed).toBeLessThan(11);
  });

  it('remember what addresses come to, for as many addresses as there are', () => {
    const pair = new Pair((keptFilters) =>
      rulesSaying(['%awselb.client_ip %awselb.client_country %awselb.client_net'], { keptFilters }),
    );
    const say = (client: string): void => pair.say(firstLine.replace(/(?<= )\S+:\d+(?= \S+:\d+ )/, `${client}:1`));
    for (let turn = 0; turn < 2; turn++) {
      for (let n = 0; n < 3000; n++) say(`10.${n >> 8}.${n & 255}.${n % 10}`);
      // What is too long to be remembered.
      say('10.0.0.43');
    }
    expect(pair.composed).toBe(6000);
  });
});

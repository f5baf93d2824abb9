import * as fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EventFrames } from '../../src/detect/event-frames.ts';
import type { EventValue, LineOrigin, LogEvent, LogFormat } from '../../src/detect/formats/format.ts';
import { formats } from '../../src/detect/formats/registry.ts';
import { LineParser } from '../../src/detect/line-parser.ts';
import { albLine } from '../support/alb-line.ts';
import { albLines, bentLine, bentLineOf, linesOf } from '../support/bent-lines.ts';
import { readFrames } from '../support/read-frames.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const geo: LineOrigin['geo'] = (address) => (address.endsWith('7') ? { country: 'DE', asn: 64496 } : undefined);

type Fields = Readonly<Record<string, EventValue>>;

/** What the fields of the event read, under the names that they have on the wire. */
function fieldsOf(event: LogEvent, format: LogFormat): Fields {
  return Object.fromEntries(
    format.fields.flatMap((field) => {
      const value = field.read(event);
      return value === undefined ? [] : [[field.name.slice('awselb.'.length), value]];
    }),
  );
}

const address = (name: string, value: EventValue | undefined): Fields =>
  typeof value === 'string' && isIP(value) > 0 ? { [name]: value } : {};

/** The plugin reads addresses itself: what is none has no value there. */
function asPluginReads({ client_net: client, target_net: target, ...fields }: Fields): Fields {
  return { ...fields, ...address('client_net', client), ...address('target_net', target) };
}

/** The object's lines through frames, block by block, beside what their events read. */
function through(name: string, blocks: readonly string[], take = Number.POSITIVE_INFINITY) {
  const frames = new EventFrames(64);
  const parser = new LineParser({ name }, geo);
  const expected: { timeNs: bigint; fields: Fields }[] = [];
  const read: ReturnType<typeof readFrames> = [];
  let fast = 0;
  let firstLine = 1;
  for (const block of blocks) {
    const bytes = Buffer.from(block, 'latin1');
    new LineParser({ name }, geo).parse(
      { bytes, firstLine },
      {
        event: (event, format) => {
          const timeNs = event.timeNs < 2n ** 64n - 1n ? event.timeNs : 0n;
          expected.push({ timeNs, fields: fieldsOf(event, format) });
        },
        bad: () => undefined,
      },
    );
    const { lines } = parser.parse(
      { bytes, firstLine },
      {
        take: (...line) => {
          const passed = frames.line(...line);
          if (passed) fast++;
          return passed;
        },
        event: (event, format) => frames.event(event, format),
        bad: () => undefined,
      },
    );
    firstLine += lines;
    if (frames.size > take) read.push(...readFrames(frames.take()));
  }
  if (frames.size > 0) read.push(...readFrames(frames.take()));
  return { expected, fast, read: read.map(({ timeNs, fields }) => ({ timeNs, fields: asPluginReads(fields) })) };
}

const key =
  'AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2026/09/15/111122223333_elasticloadbalancing_eu-central-1_app.shop-prod.8f3b1c2d4e5f6071_20260915T1805Z_203.0.113.17_6d0f7b58.log';

describe('frames of events', () => {
  it.each(sampleObjects().map(({ name, lines }) => ({ name, texts: lines.map(({ text }) => text) })))(
    'hold every value of every event of $name',
    ({ name, texts }) => {
      const { expected, read } = through(name, [`${texts.join('\n')}\n`]);
      expect(read).toEqual(expected);
    },
  );

  it('take most lines from their bytes, however the object is called', () => {
    for (const name of [key, 'a.log']) {
      const blocks = albLines.map((line) => `${line}\n`);
      const { expected, read, fast } = through(name, blocks, 3000);
      expect(read).toEqual(expected);
      expect(fast).toBeGreaterThan(0.9 * expected.length);
    }
  });

  it('say as bytes what events say, however lines are bent and whatever the line before was', () => {
    fc.assert(
      fc.property(fc.array(bentLine, { minLength: 1, maxLength: 6 }), (lines) => {
        const { expected, read } = through(key, [lines.map((line) => `${line}\n`).join('')]);
        expect(read).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(formats.map((format) => ({ name: format.name, format })))(
    'say of lines of $name what their events say, however lines are bent',
    ({ format }) => {
      const lines = linesOf(format);
      const { expected, read, fast } = through('a.log', [`${lines.join('\n')}\n`]);
      expect(read).toEqual(expected);
      expect(fast).toBeGreaterThan((format.name === 'nlb' ? 0.5 : 0.9) * lines.length);
      fc.assert(
        fc.property(fc.array(bentLineOf(lines), { minLength: 1, maxLength: 6 }), (some) => {
          const bent = through('a.log', [some.map((line) => `${line}\n`).join('')]);
          expect(bent.read).toEqual(bent.expected);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('hold lines beyond 65,535 bytes, bytes that are no UTF-8 and what stands behind the known columns', () => {
    const long = albLine({ path: `/${'x'.repeat(70_000)}` });
    const bytes = albLine({ agent: 'Gr\u00f6\u00dfe \u00ff' });
    const more = `${albLine()} "and" more`;
    const { expected, read } = through(key, [`${long}\n${bytes}\n${more}\n`, `${bytes}\n${more}\n`]);
    expect(read).toEqual(expected);
    expect(read[2]?.fields['extra']).toBe(expected[2]?.fields['extra']);
  });

  it('begin anew with every body', () => {
    const frames = new EventFrames(1024);
    expect(frames.size).toBe(0);
    const parser = new LineParser({ name: key }, undefined);
    const sizes = [1, 2, 3].map(() => {
      parser.parse(
        { bytes: Buffer.from(`${albLine()}\n`), firstLine: 1 },
        {
          take: (...line) => frames.line(...line),
          event: (event, format) => frames.event(event, format),
          bad: () => undefined,
        },
      );
      return readFrames(frames.take()).length;
    });
    expect(sizes).toEqual([1, 1, 1]);
    expect(frames.size).toBe(0);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNamed, formatOf, formats } from '../../../src/detect/formats/registry.ts';

const lines = {
  alb: 'http 2026-10-05T14:03:07.123456Z app/shop/9a8b7c6d5e4f3021 198.51.100.23:50312 - -1 -1 -1 503 - 1 2 "GET http://h:80/ HTTP/1.1" "-" - - - "-"',
  clb: '2026-10-05T14:03:07.123456Z old-shop 198.51.100.23:50312 - -1 -1 -1 503 0 1 2 "GET http://h:80/ HTTP/1.1" "-" - -',
  nlb: 'tls 2.0 2026-10-05T14:03:07 net/edge/0123456789abcdef aa11 198.51.100.23:5 10.0.0.1:443 5 2 1 2 - - - - - - - - - - -',
  alb_connection: '2026-10-05T14:03:07.514108Z 198.51.100.26 36280 443 - - - "-" - - - TID_ff',
  alb_health: 'http 2026-10-05T14:03:07.901409Z 0.019584011 172.31.20.97:80 carts PASS 200 -',
};

describe('the formats', () => {
  it('are found by name', () => {
    expect(formats.map((format) => format.name)).toEqual(Object.keys(lines));
    expect(formatNamed('alb_health')?.name).toBe('alb_health');
    expect(formatNamed('gwlb')).toBeUndefined();
    expect(formatNamed(undefined)).toBeUndefined();
  });

  it('are told by the shape of a line, line by line in a mixed object', () => {
    for (const [name, line] of Object.entries(lines)) {
      expect(formatOf(line)?.name).toBe(name);
      for (const likely of formats) expect(formatOf(line, likely)?.name).toBe(name);
    }
  });

  it('are told by a line that is cut short', () => {
    expect(formatOf('http 2026-10-05T14:03:07Z alb')?.name).toBe('alb');
    expect(formatOf('http 2026-10-05T14:03:07Z')?.name).toBe('alb');
    expect(formatOf('2026-10-05T14:03:07.123456Z old-shop 198.51.100.23:50312')?.name).toBe('clb');
    expect(formatOf('tls 2.0 2026-10-05T14:03:07')?.name).toBe('nlb');
    expect(formatOf('2026-10-05T14:03:07.123456Z 198.51.100.23 443')?.name).toBe('alb_connection');
  });

  it('do not claim what is no line of theirs', () => {
    const others = [
      '',
      ' ',
      '#Version: 2.0',
      'quic 2026-10-05T14:03:07Z app/shop/9a8b 198.51.100.23:50312',
      '{"type":"http","time":"2026-10-05T14:03:07Z"}',
      '2026-10-05T14:03:07Z ERROR something failed',
      '2026-10-05T14:03:07Z',
      'http is a protocol',
      'tls is another',
      '198.51.100.23 - - [05/Oct/2026:14:03:07 +0000] "GET / HTTP/1.1" 200 5',
      '\x1f\x8b\x08\x00',
    ];
    for (const line of others) expect([line, formatOf(line)?.name]).toEqual([line, undefined]);
  });

  it('never claim one line twice', () => {
    const words =
      'http https h2 grpcs ws wss grpc lambda tls 2.0 - 0.1 5 80 app/a/b net/a/b lb 192.0.2.1 192.0.2.1:80 2001:db8::1'.split(
        ' ',
      );
    const word = fc.constantFrom(...words, '', '2026-10-05T14:03:07.1Z', '"a b"');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (line) => {
        expect(formats.filter((format) => format.recognises(line.join(' '))).length).toBeLessThan(2);
      }),
      { numRuns: 3000 },
    );
  });
});

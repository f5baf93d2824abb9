import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elbSidekick } from '../support/fake-machine.ts';

const good = `- macro: get
  condition: awselb.request_verb = GET
- rule: Got
  desc: Somebody got something.
  condition: get and not (awselb.elb_status_code = 404 or awselb.elb_status_code = 410)
  output: got client=%awselb.client_ip object=%awselb.object
  priority: INFO
  source: awselb
  tags: [b, a]
`;
const line =
  'http 2026-09-15T18:00:00.000000Z app/shop/8f3b1c2d4e5f6071 198.51.100.7:40112 10.20.1.31:8080 0.000 0.012 0.000 200 200 240 412 "GET http://shop.example.com:80/ HTTP/1.1" "curl/8" - - - "Root=1-6aa7f0a0-0123456789abcdef01234567"';

let cwd = '';
const put = (name: string, content: string): void => writeFileSync(join(cwd, name), content);

const tests = (text: string): Promise<{ code: number; out: string; err: string }> => {
  put('good.yaml', good);
  put('good.test.yaml', text);
  return elbSidekick(['rules', 'test', 'good.yaml'], { cwd });
};

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'rules-test-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('rules check', () => {
  it('finds nothing to say of the shipped rules', async () => {
    expect(await elbSidekick(['rules', 'check', '--strict'])).toEqual({
      code: 0,
      out: 'rules/awselb_rules.yaml: Ok\n',
      err: '',
    });
  });

  it('prints errors as Falco does and ends with 1; files behind an invalid one are not read', async () => {
    put('bad.yaml', good.replace('get and', 'nobody and'));
    put('good.yaml', good);
    const { code, out } = await elbSidekick(['rules', 'check', 'bad.yaml', 'good.yaml'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('bad.yaml: Invalid\n1 Errors:\n');
    expect(out).toContain('(bad.yaml:5:14)\n------\n  condition: nobody and');
    expect(out).toContain('good.yaml: not read');
  });

  it('prints what is hardly meant, which fails only a strict check', async () => {
    put('odd.yaml', good.replace('object=%awselb.object', ''));
    const { code, out } = await elbSidekick(['rules', 'check', 'odd.yaml'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain("odd.yaml:6:11: LINT_OUTPUT_ORIGIN: rule 'Got'");
    expect((await elbSidekick(['rules', 'check', '--strict', 'odd.yaml'], { cwd })).code).toBe(1);
  });

  it("gives programs Falco's result format, and the lint beside it", async () => {
    put('odd.yaml', good.replace('object=%awselb.object', ''));
    const { out } = await elbSidekick(['rules', 'check', '--format', 'json', 'odd.yaml'], { cwd });
    expect(JSON.parse(out)).toMatchObject({
      falco_load_results: [{ name: 'odd.yaml', successful: true, errors: [], warnings: [] }],
      lint: [{ code: 'LINT_OUTPUT_ORIGIN', rule: 'Got', file: 'odd.yaml', line: 6, column: 11 }],
    });
  });

  it('lets no control character of a rules file reach the terminal', async () => {
    put('esc.yaml', '- rule: "\\e[31mred"\n  desc: d\n  colour: x\n');
    expect((await elbSidekick(['rules', 'check', 'esc.yaml'], { cwd })).out).not.toContain('\u001b');
  });

  it('says which file is not there', async () => {
    const { code, err } = await elbSidekick(['rules', 'check', 'nowhere.yaml'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('nowhere.yaml');
  });
});

describe('rules test', () => {
  it('passes the tests of the shipped rules', async () => {
    const { code, out } = await elbSidekick(['rules', 'test']);
    expect(out).toMatch(/^\d+ passed, 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('compares rules and fields', async () => {
    const { code, out } = await tests(
      `- name: a request\n  line: '${line}'\n  expect: [Got]\n  fields: {awselb.request_verb: GET, awselb.client_port: 40112, awselb.target_group_arn: ~}\n`,
    );
    expect({ code, out }).toEqual({ code: 0, out: '1 passed, 0 failed\n' });
  });

  it('shows what is missing and what is too much', async () => {
    const { code, out } = await tests(
      `- name: another\n  line: '${line}'\n  expect: [Other]\n  fields: {awselb.request_verb: PUT, awselb.nope: 1}\n`,
    );
    expect(code).toBe(1);
    expect(out).toBe(`FAILED good.test.yaml: another
  rules (- expected, + raised):
  - Other
  + Got
  awselb.request_verb: expected "PUT", is "GET"
  there is no field awselb.nope
0 passed, 1 failed
`);
  });

  it('takes several lines, the object they stand in and the format they have', async () => {
    const { code, out } = await tests(
      `- name: two\n  lines: ['${line}', '${line}']\n  object: AWSLogs/x.log\n  format: alb\n  expect: [Got, Got]\n  fields: {awselb.object: AWSLogs/x.log, awselb.line: 2}\n`,
    );
    expect({ code, out }).toEqual({ code: 0, out: '1 passed, 0 failed\n' });
  });

  it.each([
    ["- name: t\n  line: 'x'\n  expect: []\n", 'has the shape of no log'],
    [`- name: t\n  line: '${line}'\n  format: nope\n  expect: []\n`, 'there is no format nope'],
    [`- name: t\n  line: '${line}'\n  format: nlb\n  expect: [Got]\n`, 'is no line of nlb'],
  ])('fails a test whose line cannot be an event', async (text, message) => {
    const { code, out } = await tests(text);
    expect(code).toBe(1);
    expect(out).toContain(message);
  });

  it.each([
    ['- nam: t\n', 'good.test.yaml: 0'],
    ['- name: t\n  expect: []\n', 'either line or lines'],
    ['[broken\n', 'good.test.yaml: '],
  ])('says what is wrong with a test file', async (text, message) => {
    const { code, err } = await tests(text);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it('says so where there are no tests', async () => {
    put('alone.yaml', good);
    const { code, err } = await elbSidekick(['rules', 'test', 'alone.yaml'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('no alone.test.yaml beside it');
  });
});

describe('rules explain', () => {
  it('prints the rule as it runs, its condition laid out', async () => {
    put('good.yaml', good);
    const { code, out } = await elbSidekick(['rules', 'explain', 'got', '--rules', 'good.yaml'], { cwd });
    expect(code).toBe(0);
    expect(out).toBe(`Got  (good.yaml:3)
  Somebody got something.
  priority   Informational
  tags       a, b
  condition
    awselb.request_verb = GET
    and not (
      awselb.elb_status_code = 404
      or awselb.elb_status_code = 410
    )
  output     got client=%awselb.client_ip object=%awselb.object
`);
  });

  it('names rules that are nearly called so', async () => {
    const { code, err } = await elbSidekick(['rules', 'explain', 'log4shell']);
    expect(code).toBe(1);
    expect(err).toContain('no rule is called "log4shell"; these have it in their name: Log4Shell Lookup');
    const slip = await elbSidekick(['rules', 'explain', 'Log4Shel Lokup']);
    expect(slip.err).toContain('no rule is called "Log4Shel Lokup"; did you mean "Log4Shell Lookup"?');
  });

  it('wants one name', async () => {
    expect((await elbSidekick(['rules', 'explain'])).code).toBe(2);
    expect((await elbSidekick(['rules', 'explode'])).code).toBe(2);
  });
});

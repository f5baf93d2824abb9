import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/read-config.ts';

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, '/etc/elb/config.yaml', env);

function messageOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.replaceAll('/etc/elb/config.yaml', 'c');
  }
  return '';
}

describe('the config', () => {
  it('has a default for everything', () => {
    const config = parse('');
    expect(config.listen).toMatchObject({ host: '127.0.0.1', port: 2801, tokens: [], networks: [], insecure: false });
    expect(config.stateDir).toBe('/etc/elb/state');
    expect(config.store).toEqual({
      path: '/etc/elb/state/alerts.db',
      sync: 'interval',
      retention: { maxAgeMs: 90 * 86_400_000, maxAlerts: 1_000_000 },
    });
    expect(config.rules).toEqual({
      files: [],
      matching: 'first',
      priority: 'Debug',
      selection: [],
      appendOutput: [],
      timeFormatIso8601: false,
    });
    expect(config.route).toEqual({ outputs: [] });
  });

  it('names what runs the rules: the embedded engine, or a Falco that is fed', () => {
    expect(parse('').engine).toEqual({ kind: 'embedded' });
    expect(parse('engine: { threads: 0 }').engine).toEqual({ kind: 'embedded', threads: 0 });
    expect(messageOf('engine: { threads: 65 }')).toContain('engine.threads');
    expect(parse('engine: { kind: falco }').engine).toEqual({ kind: 'falco', feed: { address: '127.0.0.1:2802' } });
    const { engine } = parse(
      'engine: { kind: falco, feed: { address: "unix:///run/falco/elb.sock", token: "${FEED_TOKEN}" } }',
      { FEED_TOKEN: 's3cret' },
    );
    expect(engine).toMatchObject({ kind: 'falco', feed: { address: 'unix:///run/falco/elb.sock' } });
    expect(JSON.stringify(engine)).toContain('[secret]');
    expect(parse('engine: { feed: { address: "falco:2802" } }').engine).toEqual({ kind: 'embedded' });
    for (const address of ['somewhere', 'https://falco:2802', 'unix://run/a.sock', 'http://a:1/path', 'a:0x1'])
      expect(messageOf(`engine: { kind: falco, feed: { address: "${address}" } }`), address).toContain(
        'engine.feed.address: write where the plugin listens',
      );
  });

  it('counts paths from base_dir, and that from its own folder', () => {
    const config = parse('base_dir: ../lib\nstate_dir: var\nrules_files: [a.yaml, /b.yaml]\nstore: {path: alerts.db}');
    expect(config.baseDir).toBe('/etc/lib');
    expect(config.stateDir).toBe('/etc/lib/var');
    expect(config.store.path).toBe('/etc/lib/alerts.db');
    expect(config.rules.files).toEqual(['/etc/lib/a.yaml', '/b.yaml']);
  });

  it("takes falco.yaml's words for the rules", () => {
    const { rules } = parse(`
rule_matching: all
priority: INFO
time_format_iso_8601: true
rules:
  - disable: { rule: "*" }
  - enable: { tag: owasp, rule: "ELB *" }
append_output:
  - match: { source: awselb, tags: [a] }
    extra_output: on %awselb.name
    extra_fields: [evt.time, who: "%awselb.client_ip", what: "%awselb.request_url"]
`);
    expect(rules.matching).toBe('all');
    expect(rules.priority).toBe('Informational');
    expect(rules.selection).toEqual([
      { action: 'disable', rule: '*' },
      { action: 'enable', rule: 'ELB *', tag: 'owasp' },
    ]);
    expect(rules.appendOutput).toEqual([
      {
        match: { source: 'awselb', tags: ['a'] },
        extraOutput: 'on %awselb.name',
        extraFields: ['evt.time', ['who', '%awselb.client_ip'], ['what', '%awselb.request_url']],
      },
    ]);
  });

  it('names sources and outputs by their kind unless they have a name, and routes to all outputs unless told', () => {
    const config = parse('sources: [{kind: file, paths: [a]}]\noutputs:\n- kind: stdout\n- {kind: stdout, name: loud}');
    expect(config.sources.map(({ name, kind, config }) => [name, kind.kind, config])).toEqual([
      ['file', 'file', { paths: ['a'], watch: false, poll_interval: 10_000 }],
    ]);
    expect(config.outputs.map((output) => output.name)).toEqual(['stdout', 'loud']);
    expect(config.route).toEqual({ outputs: ['stdout', 'loud'] });
  });

  it.each([
    ['a key that nobody knows', 'ouputs: []', 'c:1:1: ouputs: unknown key; did you mean "outputs"?'],
    [
      'a label that is there already',
      'metrics: { extra_labels: [a.b, k8s.ns.name] }',
      'c:1:32: metrics.extra_labels[1]: its label, k8s_ns_name, is there already; leave it out',
    ],
    [
      'two fields of one label',
      'metrics: { extra_labels: [a.b, a_b] }',
      'c:1:32: metrics.extra_labels[1]: its label, a_b, is there already; leave it out',
    ],
    ['one inside', 'listen:\n  prot: 1', 'c:2:3: listen.prot: unknown key; did you mean "port"?'],
    [
      'one of a kind',
      'sources:\n  - kind: file\n    path: [a]',
      /^c:3:5: sources\[0\]\.path: unknown key; did you mean "paths"\?$/m,
    ],
    [
      'one in a route',
      'route:\n  routes:\n    - outputs: []\n      grop_by: [x]',
      'c:4:7: route.routes[0].grop_by: unknown key; did you mean "group_by"?',
    ],
    [
      'one that is like nothing',
      'listen: {frobnicate: 1}',
      'c:1:10: listen.frobnicate: unknown key; the keys here are host, port, tokens, networks, open_paths, insecure, tls, max_connections, rate_limit, max_body_bytes',
    ],
    [
      'a kind that nobody knows',
      'outputs: [{kind: stdot}]',
      'c:1:18: outputs[0].kind: there is no kind "stdot" of outputs; did you mean "stdout"?',
    ],
    [
      'two of the same name',
      'outputs: [{kind: stdout}, {kind: stdout}]',
      /^c:1:27: outputs\[1\]\.name: two outputs are called "stdout"/,
    ],
    ['a wrong type', 'listen: {port: high}', /^c:1:16: listen\.port: .*expected number/],
    ['a port out of range', 'listen: {port: 65536}', /^c:1:16: listen\.port: .*65535/],
    ['a missing key of a kind', 'sources:\n  - kind: file', 'c:2:5: sources[0].paths: missing; write an array'],
    ['a priority that is none', 'priority: urgent', /^c:1:11: priority: write one of Emergency/],
    ['both enable and disable', 'rules: [{enable: {tag: a}, disable: {tag: b}}]', /^c:1:9: rules\[0\]: write either/],
    [
      'a route to nowhere',
      'outputs: [{kind: stdout}]\nroute:\n  outputs: [slack]',
      /^c:3:3: route: root: there is no output named "slack"/,
    ],
    ['a matcher that is none', 'route: {outputs: [], match: ["???"]}', /^c:1:8: route: root: .*is not a matcher/],
    ['a list where a map should be', '[1]', /^c:1:1: .*expected object/],
  ])('says where %s stands and what to do', (_, text, message) => {
    if (typeof message === 'string') expect(messageOf(text)).toBe(message);
    else expect(messageOf(text)).toMatch(message);
  });

  it('takes how hard an output is tried, and how large the store may grow', () => {
    const { outputs, store } = parse(`
store: { max_bytes: 1073741824 }
outputs:
  - { kind: webhook, url: "https://example.com/", delivery: { timeout: 5s, concurrency: 4, backoff: 100ms, backoff_max: 5m, max_tries: 3, give_up_after: 0s } }
  - { kind: stdout }
`);
    expect(outputs.map(({ policy }) => policy)).toEqual([
      { timeoutMs: 5000, concurrency: 4, backoffMs: 100, backoffMaxMs: 300_000, maxTries: 3, giveUpAfterMs: 0 },
      {},
    ]);
    expect(store.maxBytes).toBe(1_073_741_824);
  });

  it.each([
    ['outputs: [{kind: stdout, delivery: {tries: 3}}]', /outputs\[0\]\.delivery\.tries: unknown key.*max_tries/],
    ['outputs: [{kind: stdout, delivery: {timeout: 0s}}]', /outputs\[0\]\.delivery\.timeout: write a duration of more/],
    [
      'outputs: [{kind: stdout}, {kind: s3, bucket: logs, delivery: {concurrency: 2}}]',
      /outputs\[1\]\.delivery\.concurrency: s3 takes one batch at a time/,
    ],
    ['sources: [{kind: file, paths: [a], delivery: {}}]', /sources\[0\]\.delivery: unknown key/],
    ['store: {max_bytes: 1048575}', /store\.max_bytes: /],
  ])('refuses %s', (text, message) => {
    expect(messageOf(text)).toMatch(message);
  });

  it('reports everything that is wrong at once', () => {
    expect(messageOf('listen: {port: -1}\nsources: [{kind: fil}]\nnonsense: 1').split('\n')).toHaveLength(3);
  });
});

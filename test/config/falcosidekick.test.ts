import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { isFalcosidekick, translateFalcosidekick } from '../../src/config/falcosidekick.ts';
import { outputFindings } from '../../src/config/output-findings.ts';
import { createRouter } from '../../src/deliver/routing/route-tree.ts';
import { anAlert } from '../support/alerts.ts';

const read = (text: string, env: Record<string, string> = {}) => parseConfig(text, '/etc/sidekick.yaml', env);

const outputsFor = (text: string, priority: 'Error' | 'Warning' | 'Debug', rule = 'Path scan'): string[] => {
  const config = read(text);
  const router = createRouter(config.route, new Set(config.outputs.map(({ name }) => name)));
  return router.match(anAlert(1, { priority, rule }), 0).flatMap(({ outputs }) => outputs);
};

const both = `
slack: { webhookurl: "https://hooks.slack.com/services/A/B/C", minimumpriority: error }
aws: { cloudwatchlogs: { loggroup: falco }, s3: { bucket: alerts, prefix: "" } }
`;

/** `tls` of a webhook, in our words. */
function tlsOf(more: string, env: Record<string, string> = {}): unknown {
  const { outputs, warnings } = read(`webhook: { address: "https://example.com/in" }\n${more}`, env);
  expect(warnings).toEqual([]);
  const config = outputs[0]?.config;
  return typeof config === 'object' && config !== null && 'tls' in config ? config.tls : undefined;
}

const checking = { ca_files: [], check_certificate: true };

describe('a config of falcosidekick', () => {
  it('is told from ours by its keys, whatever their case', () => {
    const ours = ['listen', 'outputs', 'route'];
    expect(isFalcosidekick({ ListenPort: 2801 }, ours)).toBe(true);
    expect(isFalcosidekick({ slack: {} }, ours)).toBe(true);
    expect(isFalcosidekick({ slack: {}, outputs: [] }, ours)).toBe(false);
    expect(isFalcosidekick({ nonsense: 1 }, ours)).toBe(false);
    expect(isFalcosidekick(null, ours)).toBe(false);
  });

  it('becomes outputs of ours, with its defaults', () => {
    const config = read(`
listenport: 2999
customfields: { Team: shop, rack: 7 }
customtags: [prod]
slack: { webhookurl: "https://hooks.slack.com/services/A/B/C", outputformat: text, maxconcurrentrequests: 0 }
webhook: { address: "https://example.com/in", method: put, customHeaders: { X-Key: k } }
aws:
  region: eu-central-1
  cloudwatchlogs: { loggroup: falco }
  s3: { bucket: alerts }
  sqs: { url: "https://sqs.eu-central-1.amazonaws.com/111122223333/alerts" }
  sns: { topicarn: "arn:aws:sns:eu-central-1:111122223333:alerts", rawjson: true }
`);
    expect(config.listen).toMatchObject({ host: '127.0.0.1', port: 2999, insecure: false });
    expect(config.custom).toMatchObject({ fields: { Team: 'shop', rack: '7' }, tags: ['prod'] });
    expect(Object.fromEntries(config.outputs.map((output) => [output.name, output.config]))).toMatchObject({
      slack: { fields: false },
      webhook: { method: 'PUT' },
      'cloudwatch-logs': { log_group: 'falco', log_stream: 'falcosidekick-logstream', region: 'eu-central-1' },
      s3: { bucket: 'alerts', prefix: 'falco', layout: 'falcosidekick' },
      sqs: { queue_url: 'https://sqs.eu-central-1.amazonaws.com/111122223333/alerts' },
      sns: { format: 'json' },
    });
    expect(config.outputs[0]?.policy).toEqual({ concurrency: 100 });
    expect(config.warnings).toEqual([]);
  });

  it('keeps how messages look: footer, channel, message template, names without brackets, the output anew', () => {
    const config = read(`
bracketreplacer: _
outputfieldformat: "<timestamp>: <priority> <output> (<custom_fields>)"
slack:
  webhookurl: "https://hooks.slack.com/services/A/B/C"
  channel: "#falco"
  footer: "https://runbooks.example"
  messageformat: 'Alert: *{{ .Rule }}* on {{ index .OutputFields "k8s.ns.name" }}'
`);
    expect(config.warnings).toEqual([]);
    expect(config.custom).toMatchObject({
      bracket_replacer: '_',
      output_format: '<timestamp>: <priority> <output> (<custom_fields>)',
    });
    expect(config.outputs[0]?.config).toMatchObject({
      channel: '#falco',
      footer: 'https://runbooks.example',
      message_template: expect.any(Function),
    });
    expect(() => read('slack: { webhookurl: "https://x/y", messageformat: "{{ range .Tags }}{{ end }}" }')).toThrow(
      /slack\.messageformat \(SLACK_MESSAGEFORMAT\): .*range/,
    );
  });

  it("lets an environment variable win over the file, in falcosidekick's notation", () => {
    const env = {
      LISTENPORT: '2802',
      SLACK_WEBHOOKURL: 'https://hooks.slack.com/services/A/B/C',
      SLACK_USERNAME: 'env',
      CUSTOMFIELDS: 'team:shop, stage:%STAGE',
      STAGE: 'prod',
      CUSTOMTAGS: 'a, b',
      WEBHOOK_ADDRESS: 'http://127.0.0.1:9/',
      WEBHOOK_CUSTOMHEADERS: 'X-A:1,X-B:2:3',
      ELB_SIDEKICK_TOKENS: 'one,two',
      ELB_SIDEKICK_STATE_DIR: '/var/lib/elb',
    };
    const config = read('listenport: 2801\nslack: { username: file }', env);
    expect(config.listen.port).toBe(2802);
    expect(config.listen.tokens.map((token) => token.reveal())).toEqual(['one', 'two']);
    expect(config.stateDir).toBe('/var/lib/elb');
    expect(config.custom).toMatchObject({ fields: { team: 'shop', stage: 'prod' }, tags: ['a', 'b'] });
    expect(config.outputs[0]?.config).toMatchObject({ username: 'env' });
    expect(translateFalcosidekick({}, env).value).toMatchObject({
      outputs: [{}, { kind: 'webhook', headers: { 'X-A': '1', 'X-B': '2:3' } }],
    });
  });

  it('keeps each minimumpriority, and lets the test alert past all of them once', () => {
    expect(outputsFor(both, 'Error')).toEqual(['slack', 'cloudwatch-logs', 's3']);
    expect(outputsFor(both, 'Warning')).toEqual(['cloudwatch-logs', 's3']);
    expect(outputsFor(both, 'Debug', 'Test rule')).toEqual(['slack', 'cloudwatch-logs', 's3']);
  });

  it('takes certificates only when told, and asks for those of clients only when told', () => {
    const tls = (more: string) =>
      read(`tlsserver: { certfile: a.crt, keyfile: a.key, cacertfile: ca.crt${more} }`).listen.tls;
    expect(tls('')).toBeUndefined();
    expect(tls(', deploy: true')).toEqual({ certFile: '/etc/a.crt', keyFile: '/etc/a.key' });
    expect(tls(', deploy: true, mutualtls: true')).toMatchObject({ clientCaFile: '/etc/ca.crt' });
    expect(read('tlsserver: { deploy: true }').listen.tls?.certFile).toBe('/etc/certs/server/server.crt');
  });

  it('keeps the extra labels of the counter of alerts', () => {
    const { metrics, warnings } = read(`${both}prometheus: { extralabels: "awselb.client_country, container.id" }`);
    expect(metrics).toEqual({ fields: ['awselb.client_country', 'container.id'], maxSeries: 1000 });
    expect(warnings).toEqual([]);
  });

  it('meets receivers over TLS as falcosidekick does', () => {
    expect(tlsOf('mutualtlsclient: { certfile: a.crt }')).toBeUndefined();
    expect(tlsOf('tlsclient: { cacertfile: ca.pem }')).toEqual({ ...checking, ca_files: ['ca.pem'] });
    const inFolder = { cert_file: '/etc/certs/client.crt', key_file: '/etc/certs/client.key' };
    expect(tlsOf('', { WEBHOOK_MUTUALTLS: 'true' })).toEqual({
      ...checking,
      ...inFolder,
      ca_files: ['/etc/certs/ca.crt'],
    });
    // What is checked does not hang on checkcert then.
    expect(
      tlsOf('mutualtlsclient: { certfile: a.crt }\nmutualtlsfilespath: /c\ntlsclient: { cacertfile: ca.pem }', {
        WEBHOOK_MUTUALTLS: 'true',
        WEBHOOK_CHECKCERT: 'false',
      }),
    ).toEqual({ ...checking, cert_file: 'a.crt', key_file: '/c/client.key', ca_files: ['ca.pem', '/c/ca.crt'] });
    expect(tlsOf('', { WEBHOOK_CHECKCERT: 'false' })).toEqual({ ...checking, check_certificate: false });
    expect(tlsOf('', { WEBHOOK_CHECKCERT: 'true', SLACK_MUTUALTLS: 'true' })).toBeUndefined();
  });

  it("names falcosidekick's key where a file of TLS cannot be used", async () => {
    const config = read(
      'webhook:\n  address: "https://example.com/in"\n  mutualtls: true\nmutualtlsfilespath: /nowhere\n',
    );
    const { errors } = await outputFindings(config);
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({
      line: 4,
      path: 'mutualtlsfilespath (MUTUALTLSFILESPATH)',
      message: '/nowhere/ca.crt cannot be used: there is no such file; check the path',
    });
    const { warnings } = await outputFindings(
      read('webhook: { address: "https://example.com/in" }', { WEBHOOK_CHECKCERT: 'false' }),
    );
    expect(warnings).toMatchObject([
      { path: 'webhook.checkcert (WEBHOOK_CHECKCERT)', message: expect.stringMatching(/NOT checked/) },
    ]);
  });

  it('warns by name about what it does not do, never about what is empty or a default, and shows no value', () => {
    const { warnings } = read(
      `
${both}
datadog: { apikey: s3cr3t, host: "https://api.datadoghq.eu" }
discord: { webhookurl: "" , icon: x }
opsgenie: { region: eu }
mutualtlsfilespath: /etc/certs
unheard: { of: it }
`,
      { LOKI_HOSTPORT: 'http://loki:3100', AWS_SECRETACCESSKEY: 'hidden' },
    );
    expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
      'datadog.apikey (DATADOG_APIKEY)',
      'loki.hostport (LOKI_HOSTPORT)',
      'aws.secretaccesskey (AWS_SECRETACCESSKEY)',
      'unheard.of',
    ]);
    expect(warnings.join()).not.toMatch(/s3cr3t|hidden/);
  });

  it('warns when no output is left', () => {
    expect(translateFalcosidekick({ listenport: 2801 }, {}).warnings).toEqual([
      'no output is set that this knows: alerts are stored and go nowhere',
    ]);
  });

  it("names falcosidekick's key and its place where a value is wrong", () => {
    const wrong = 'listenport: none\nslack:\n  webhookurl: hooks.slack.com\n  minimumpriority: urgent\n';
    expect(() => read(wrong)).toThrow(
      /^\/etc\/sidekick\.yaml:1:13: listenport \(LISTENPORT\): .*\n\/etc\/sidekick\.yaml:4:20: slack\.minimumpriority \(SLACK_MINIMUMPRIORITY\): write one of .*\n\/etc\/sidekick\.yaml:3:15: slack\.webhookurl \(SLACK_WEBHOOKURL\): write a URL/,
    );
  });

  it('comes along nearly empty, for those who set variables only', () => {
    const file = join(import.meta.dirname, '../../config/falco/falcosidekick.yaml');
    const config = read(readFileSync(file, 'utf8'), { AWS_S3_BUCKET: 'alerts', AWS_S3_MINIMUMPRIORITY: 'warning' });
    expect(config.outputs.map(({ name }) => name)).toEqual(['s3']);
    expect(config.warnings).toEqual([]);
  });
});

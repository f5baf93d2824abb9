/** A key of falcosidekick's and where its value stands in our config. Keys are in lower case: falcosidekick's know no case. */
export interface FalcosidekickKey {
  readonly key: string;
  readonly ours: readonly string[];
  /** Makes our value of it; the value itself where left out. What it cannot read it gives back, for our schema to refuse. */
  readonly read?: (value: unknown, env: Readonly<Record<string, string | undefined>>) => unknown;
}

/** An output that both know. `keys` stand below `section`; the first one switches the output on. */
export interface FalcosidekickOutput {
  readonly section: string;
  readonly kind: string;
  readonly keys: readonly FalcosidekickKey[];
  /** True where the keys for TLS of outputs mean something. */
  readonly sendsHttp?: true;
  /** What falcosidekick does unasked. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

type Read = NonNullable<FalcosidekickKey['read']>;

const asNumber: Read = (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value);
const asBoolean: Read = (value) => (value === 'true' ? true : value === 'false' ? false : value);
const asList: Read = (value) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '')
    : value;

/** `a:b,c:d` as environment variables have it; there `%NAME` as a value is the variable NAME. */
const asMap: Read = (value, env) => {
  if (typeof value !== 'string') return textsOf(value);
  const pairs = value.split(',').map((pair): [string, string] => {
    const colon = pair.indexOf(':');
    const [key, text] = colon === -1 ? [pair, ''] : [pair.slice(0, colon), pair.slice(colon + 1)];
    return [key.trim(), text.startsWith('%') ? (env[text.slice(1)] ?? '') : text];
  });
  return Object.fromEntries(pairs.filter(([key]) => key !== ''));
};

function plain(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** Falcosidekick takes numbers and booleans for texts here. */
function textsOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** 0 means without limit there; ours has one. */
const asConcurrency: Read = (value, env) => {
  const count = asNumber(value, env);
  return count === 0 ? 100 : count;
};

const concurrency: FalcosidekickKey = {
  key: 'maxconcurrentrequests',
  ours: ['delivery', 'concurrency'],
  read: asConcurrency,
};

/** Settings of the service itself. `ELB_SIDEKICK_…` are our own: falcosidekick has nothing like them. */
export const settings: readonly FalcosidekickKey[] = [
  { key: 'listenaddress', ours: ['listen', 'host'] },
  { key: 'listenport', ours: ['listen', 'port'], read: asNumber },
  { key: 'elb.sidekick.tokens', ours: ['listen', 'tokens'], read: asList },
  { key: 'elb.sidekick.networks', ours: ['listen', 'networks'], read: asList },
  { key: 'elb.sidekick.insecure', ours: ['listen', 'insecure'], read: asBoolean },
  { key: 'elb.sidekick.state_dir', ours: ['state_dir'] },
  { key: 'customfields', ours: ['custom', 'fields'], read: asMap },
  { key: 'templatedfields', ours: ['custom', 'templated_fields'], read: asMap },
  { key: 'customtags', ours: ['custom', 'tags'], read: asList },
  { key: 'bracketreplacer', ours: ['custom', 'bracket_replacer'] },
  { key: 'prometheus.extralabels', ours: ['metrics', 'extra_labels'], read: asList },
  { key: 'outputfieldformat', ours: ['custom', 'output_format'] },
];

/** Read only where `tlsserver.deploy` is true; the last one only where `tlsserver.mutualtls` is as well. */
export const tlsServer: readonly (FalcosidekickKey & { readonly byDefault: string })[] = [
  {
    key: 'tlsserver.certfile',
    ours: ['listen', 'tls', 'cert_file'],
    byDefault: '/etc/certs/server/server.crt',
  },
  { key: 'tlsserver.keyfile', ours: ['listen', 'tls', 'key_file'], byDefault: '/etc/certs/server/server.key' },
  {
    key: 'tlsserver.cacertfile',
    ours: ['listen', 'tls', 'client_ca_file'],
    byDefault: '/etc/certs/server/ca.crt',
  },
];

export const outputs: readonly FalcosidekickOutput[] = [
  {
    section: 'slack',
    kind: 'slack',
    sendsHttp: true,
    keys: [
      { key: 'webhookurl', ours: ['webhook_url'] },
      { key: 'username', ours: ['username'] },
      { key: 'icon', ours: ['icon_url'] },
      { key: 'channel', ours: ['channel'] },
      { key: 'footer', ours: ['footer'] },
      { key: 'messageformat', ours: ['message_template'] },
      { key: 'outputformat', ours: ['fields'], read: (value) => value !== 'text' },
      concurrency,
    ],
  },
  {
    section: 'webhook',
    kind: 'webhook',
    sendsHttp: true,
    keys: [
      { key: 'address', ours: ['url'] },
      { key: 'method', ours: ['method'], read: (value) => (typeof value === 'string' ? value.toUpperCase() : value) },
      { key: 'customheaders', ours: ['headers'], read: asMap },
      concurrency,
    ],
  },
  {
    section: 'aws.cloudwatchlogs',
    kind: 'cloudwatch-logs',
    keys: [
      { key: 'loggroup', ours: ['log_group'] },
      { key: 'logstream', ours: ['log_stream'] },
    ],
    defaults: { log_stream: 'falcosidekick-logstream' },
  },
  {
    section: 'aws.s3',
    kind: 's3',
    keys: [
      { key: 'bucket', ours: ['bucket'] },
      { key: 'prefix', ours: ['prefix'] },
      { key: 'endpoint', ours: ['endpoint'] },
    ],
    defaults: { layout: 'falcosidekick' },
  },
  { section: 'aws.sqs', kind: 'sqs', keys: [{ key: 'url', ours: ['queue_url'] }] },
  {
    section: 'aws.sns',
    kind: 'sns',
    keys: [
      { key: 'topicarn', ours: ['topic_arn'] },
      { key: 'rawjson', ours: ['format'], read: (value) => (value === true || value === 'true' ? 'json' : 'text') },
    ],
    defaults: { format: 'text' },
  },
];

/** The key that switches on the output of a section. */
export function enabledBy(section: string): string {
  const first = outputs.find((output) => output.section === section)?.keys[0];
  return `${section}.${first?.key ?? ''}`;
}

const awsChain = 'credentials come from where the AWS SDK finds them (AWS_ACCESS_KEY_ID, a profile, a role)';

const awsRole =
  'no role is taken, as in falcosidekick since July 2025; in a config of our own, outputs of AWS have assume_role';

/** Keys that are known and do nothing here: why, and the value (falcosidekick's default) at which nothing is lost. */
export const ignored: Readonly<Record<string, { readonly because: string; readonly unless?: string }>> = {
  debug: { because: 'start with --debug instead' },
  'tlsserver.notlsport': { because: 'there is no second port without TLS', unless: '2810' },
  'tlsserver.notlspaths': { because: 'there is no second port without TLS' },
  'aws.accesskeyid': { because: awsChain },
  'aws.secretaccesskey': { because: awsChain },
  'aws.rolearn': { because: awsRole },
  'aws.externalid': { because: awsRole },
  'aws.checkidentity': { because: 'nothing is asked of AWS before the first alert', unless: 'true' },
  'aws.s3.objectcannedacl': { because: "objects are the bucket's owner's", unless: 'bucket-owner-full-control' },
};

/** The keys that switch on outputs which do not exist here. */
export const unsupported: readonly string[] = [
  'alertmanager.hostport',
  'aws.kinesis.streamname',
  'aws.lambda.functionname',
  'aws.securitylake.bucket',
  'azure.eventhub.name',
  'cliq.webhookurl',
  'cloudevents.address',
  'datadog.apikey',
  'discord.webhookurl',
  'dogstatsd.forwarder',
  'elasticsearch.hostport',
  'fission.function',
  'gcp.cloudfunctions.name',
  'gcp.cloudrun.endpoint',
  'gcp.pubsub.topic',
  'gcp.storage.bucket',
  'googlechat.webhookurl',
  'gotify.hostport',
  'grafana.hostport',
  'influxdb.hostport',
  'kafka.hostport',
  'kafkarest.address',
  'kubeless.function',
  'loki.hostport',
  'mattermost.webhookurl',
  'mqtt.broker',
  'n8n.address',
  'nats.hostport',
  'nodered.address',
  'openfaas.functionname',
  'openobserve.hostport',
  'opsgenie.apikey',
  'pagerduty.routingkey',
  'policyreport.enabled',
  'quickwit.hostport',
  'rabbitmq.url',
  'redis.address',
  'rocketchat.webhookurl',
  'smtp.hostport',
  'stan.hostport',
  'statsd.forwarder',
  'syslog.host',
  'teams.webhookurl',
  'telegram.token',
  'timescaledb.host',
  'wavefront.endpointhost',
  'webex.webhookurl',
  'webui.url',
  'yandex.datastreams.streamname',
  'yandex.s3.bucket',
  'zincsearch.hostport',
];

import { describe, expect, it } from 'vitest';
import type { EventValue } from '../../../src/detect/formats/format.ts';
import { corpusIsHere, corpusJsonLines, orSkipped, recordOf, verdict } from '../../support/corpus.ts';

type RecordOf = Record<string, EventValue>;
type PeerValue = EventValue | null;

interface PeerCase {
  readonly line: string;
  readonly expected?: Record<string, PeerValue>;
  readonly expected_error?: string;
}

interface CloudGovLine {
  readonly '@timestamp': string;
  readonly '@raw': string;
  readonly '@alb'?: object;
  readonly '@elb'?: object;
}

const cloudGovExpected = 'cloud-gov-elb-log-ingestor/examples-from-docs-expected.json';

/** A peer's field: our value for it, and what both must agree on. */
type Mapping = Readonly<Record<string, (ours: RecordOf) => EventValue | undefined>>;

const field =
  (name: string) =>
  (ours: RecordOf): EventValue | undefined =>
    ours[`awselb.${name}`];

const seconds = (name: string) => (ours: RecordOf) => {
  const logged = ours[`awselb.${name}`];
  return logged === undefined ? undefined : Number(logged);
};

const endpoint = (side: 'client' | 'target') => (ours: RecordOf) => {
  const [ip, port] = [ours[`awselb.${side}_ip`], ours[`awselb.${side}_port`]];
  return ip === undefined ? undefined : `${String(ip)}:${String(port)}`;
};

const protoVersion = (ours: RecordOf) => /\/(.*)$/.exec(String(ours['awselb.request_proto'] ?? ''))?.[1];

const splitAtCommas = (name: string) => (ours: RecordOf) => String(ours[`awselb.${name}`] ?? '').split(',');

/**
 * Compares what a peer expects with ours. The answer names the fields that differ; what the peer leaves out, `null`,
 * `-` and an empty list of it equal our absent field, and numbers written as text equal numbers.
 */
function differences(expected: Readonly<Record<string, PeerValue>>, ours: RecordOf, mapping: Mapping): string[] {
  const unlike: string[] = [];
  for (const name of new Set([...Object.keys(expected), ...Object.keys(mapping)])) {
    const theirs = comparable(expected[name]);
    const read = mapping[name];
    if (read === undefined) unlike.push(`${name}: no field of ours`);
    else if (theirs !== comparable(read(ours))) {
      unlike.push(`${name}: ${theirs ?? 'absent'}, ours ${comparable(read(ours)) ?? 'absent'}`);
    }
  }
  return unlike;
}

function comparable(value: EventValue | null | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
  return text === '' || text === '-' || text === '-1' ? undefined : text;
}

describe.skipIf(!corpusIsHere)(`what peers expect${orSkipped}`, () => {
  it("of Vector's parse_aws_alb_log", () => {
    const mapping: Mapping = {
      type: field('request_type'),
      timestamp: field('timestamp'),
      elb: field('name'),
      client_host: endpoint('client'),
      target_host: endpoint('target'),
      request_processing_time: seconds('request_processing_time'),
      target_processing_time: seconds('target_processing_time'),
      response_processing_time: seconds('response_processing_time'),
      elb_status_code: field('elb_status_code'),
      target_status_code: field('target_status_code'),
      received_bytes: field('received_bytes'),
      sent_bytes: field('sent_bytes'),
      request_method: field('request_verb'),
      request_url: field('request_url'),
      request_protocol: field('request_proto'),
      user_agent: field('user_agent'),
      ssl_cipher: field('ssl_cipher'),
      ssl_protocol: field('ssl_protocol'),
      target_group_arn: field('target_group_arn'),
      trace_id: field('trace_id'),
      domain_name: field('domain_name'),
      chosen_cert_arn: field('chosen_cert_arn'),
      matched_rule_priority: field('matched_rule_priority'),
      request_creation_time: field('request_creation_time'),
      actions_executed: field('actions_executed'),
      redirect_url: field('redirect_url'),
      error_reason: field('error_reason'),
      target_port_list: field('target_port_list'),
      target_status_code_list: field('target_status_code_list'),
      classification: field('classification'),
      classification_reason: field('classification_reason'),
      traceability_id: field('conn_trace_id'),
    };
    const cases = corpusJsonLines('vector-vrl/parse_aws_alb_log.cases.jsonl') as PeerCase[];
    expect(cases.length).toBe(13);
    const found = cases.flatMap(({ line, expected }) => differences(expected ?? {}, recordOf(line), mapping));
    expect(found).toEqual([]);
  });

  it("of OpenTelemetry's awslogsencoding", () => {
    const mapping: Mapping = {
      'network.protocol.name': field('request_type'),
      'network.protocol.version': (ours) => (ours['awselb.log_type'] === 'nlb' ? '2.0' : protoVersion(ours)),
      'client.address': field('client_ip'),
      'client.port': field('client_port'),
      'destination.address': field('target_ip'),
      'destination.port': field('target_port'),
      'http.request.method': field('request_verb'),
      'http.request.size': field('received_bytes'),
      'http.response.size': field('sent_bytes'),
      'url.full': field('request_url'),
      'url.domain': field('domain_name'),
      'user_agent.original': field('user_agent'),
      'tls.cipher': field('ssl_cipher'),
      'tls.protocol.version': (ours) => String(ours['awselb.ssl_protocol'] ?? '').toLowerCase(),
      'aws.elb.status.code': field('elb_status_code'),
      'aws.elb.backend.status.code': field('target_status_code'),
      'aws.elb.request_processing_time': seconds('request_processing_time'),
      'aws.elb.target_processing_time': seconds('target_processing_time'),
      'aws.elb.response_processing_time': seconds('response_processing_time'),
      'aws.elb.actions_executed': splitAtCommas('actions_executed'),
      'aws.elb.chosen_cert_arn': field('chosen_cert_arn'),
      'aws.elb.aws_trace_id': field('trace_id'),
      'aws.elb.connection_trace_id': field('conn_trace_id'),
      'aws.elb.target_group_arn': field('target_group_arn'),
      'aws.elb.connection_time': (ours) =>
        ours['awselb.log_type'] === 'nlb' ? ours['awselb.total_time_ms'] : undefined,
      'aws.elb.tls_handshake_time': field('tls_handshake_ms'),
      'aws.elb.alpn_fe_protocol': field('alpn_protocol'),
      timeUnixNano: (ours) => ours['timeNs'],
      resource: field('name'),
    };
    /** Where we differ, and why. */
    const disagreements: readonly [what: string, why: string][] = [
      ['aws.elb.request_processing_time: absent, ours 0.000086', 'they drop the times of Classic lines'],
      ['aws.elb.target_processing_time: absent, ours 0.001048', 'they drop the times of Classic lines'],
      ['aws.elb.response_processing_time: absent, ours 0.001337', 'they drop the times of Classic lines'],
      ['aws.elb.tls.listener.resource_id: no field of ours', 'the catalogue has no field for it; awselb.raw keeps it'],
      [
        'aws.elb.tls_connection_creation_time: no field of ours',
        'as above; theirs is also wrong, a part of the list before it',
      ],
      ['aws.elb.alpn_be_protocol: no field of ours', 'the catalogue has no field for it; awselb.raw keeps it'],
      [
        'aws.elb.alpn_client_preference_list: no field of ours',
        'as above; theirs is also wrong, the list cut at its comma',
      ],
    ];
    const cases = corpusJsonLines('otel-awslogsencoding/cases.jsonl') as PeerCase[];
    const found = cases.flatMap(({ line, expected }) =>
      expected === undefined ? [] : differences(expected, recordOf(line), mapping),
    );
    expect([...new Set(found)]).toEqual(disagreements.map(([what]) => what));
    for (const { line, expected_error: error } of cases) {
      if (error !== undefined) expect([error, verdict(line)]).toEqual([error, expect.stringMatching(/ /)]);
    }
  });

  it("of cloud.gov's elb-log-ingestor", () => {
    const both: Mapping = {
      '@timestamp': (ours) => new Date(Number(BigInt(String(ours['timeNs'])) / 1_000_000n)).toISOString(),
      'client.ip': field('client_ip'),
      'client.port': field('client_port'),
      'target.ip': field('target_ip'),
      'target.port': field('target_port'),
      'target.status_code': field('target_status_code'),
      'target.processing_time': seconds('target_processing_time'),
      'request.processing_time': seconds('request_processing_time'),
      'response.processing_time': seconds('response_processing_time'),
      'request.verb': field('request_verb'),
      'request.url': field('request_url'),
      'request.protocol': field('request_proto'),
      received_bytes: field('received_bytes'),
      sent_bytes: field('sent_bytes'),
    };
    const mappings: Readonly<Record<string, Mapping>> = {
      '@alb': {
        ...both,
        type: field('request_type'),
        'alb.id': field('name'),
        'alb.status_code': field('elb_status_code'),
        user_agent: field('user_agent'),
        target_group_arn: field('target_group_arn'),
        trace_id: field('trace_id'),
        domain_name: field('domain_name'),
        chosen_cert_arn: field('chosen_cert_arn'),
        matched_rule_priority: field('matched_rule_priority'),
        actions_executed: field('actions_executed'),
        redirect_url: field('redirect_url'),
        'request.creation_time': (ours) => String(ours['awselb.request_creation_time']).replace(/000Z$/, 'Z'),
      },
      '@elb': {
        ...both,
        'elb.id': field('name'),
        'elb.status_code': field('elb_status_code'),
        'request.user_agent': field('user_agent'),
        'ssl.cipher': field('ssl_cipher'),
        'ssl.protocol': field('ssl_protocol'),
      },
    };
    const expected = corpusJsonLines(cloudGovExpected) as CloudGovLine[];
    expect(expected.length).toBe(10);
    const found = expected.flatMap((theirs) => {
      const kind = '@alb' in theirs ? '@alb' : '@elb';
      const fields = { '@timestamp': theirs['@timestamp'], ...flattened(theirs[kind] ?? {}) };
      return differences(fields, recordOf(theirs['@raw']), mappings[kind] ?? {});
    });
    expect(found).toEqual([]);
  });
});

function flattened(value: object, prefix = ''): Record<string, PeerValue> {
  return Object.fromEntries(
    Object.entries(value as Record<string, PeerValue>).flatMap(([name, inner]) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.entries(flattened(inner, `${prefix}${name}.`))
        : [[prefix + name, inner]],
    ),
  );
}

import type { FieldSpec } from './format.ts';

const string = <N extends string>(name: N, about: string) => ({ name, type: 'string', about }) as const;
const uint64 = <N extends string>(name: N, about: string) => ({ name, type: 'uint64', about }) as const;
const ipnet = <N extends string>(name: N, about: string) => ({ name, type: 'ipnet', about }) as const;

/**
 * Every field of the event source `awselb`: the one table that rules are checked against, that `%field` and the `fields`
 * command read, and that the README's table and the Falco plugin's are generated from. Names are those of the registered
 * `awselb` plugin, so its rules load unchanged. A column that AWS leaves empty (`-`, or -1 for "not recorded") has no value.
 */
const rows = [
  string(
    'awselb.request_type',
    'Kind of request: http, https, h2, grpcs, ws, wss (ALB), tls (NLB), http, tcp (Classic), tls, tcp (connections), http to lambda (health checks).',
  ),
  string(
    'awselb.timestamp',
    'Time of the line as logged (RFC 3339; NLB without zone, which is UTC); evt.time is this instant.',
  ),
  string('awselb.name', 'Load balancer as logged: app/NAME/ID, net/NAME/ID, or the name of a Classic one.'),
  string('awselb.client_ip', 'Address of the client, IPv4 or IPv6 without brackets.'),
  uint64('awselb.client_port', 'Port of the client.'),
  ipnet('awselb.client_net', 'Address of the client for conditions with networks: awselb.client_net in (10.0.0.0/8).'),
  string(
    'awselb.target_ip',
    'Address of the target, IPv4 or IPv6 without brackets; absent when none was reached and for Lambda.',
  ),
  uint64('awselb.target_port', 'Port of the target.'),
  ipnet('awselb.target_net', 'Address of the target for conditions with networks.'),
  string(
    'awselb.request_processing_time',
    'Seconds from the request received to its dispatch, as logged; compare awselb.request_time_ms instead, strings compare byte by byte.',
  ),
  string(
    'awselb.target_processing_time',
    'Seconds from the dispatch to the first byte of the response, as logged; compare awselb.target_time_ms instead.',
  ),
  string(
    'awselb.response_processing_time',
    'Seconds from the first byte of the response to its sending, as logged; compare awselb.response_time_ms instead.',
  ),
  uint64('awselb.request_time_ms', 'Milliseconds from the request received to its dispatch, a half rounded up.'),
  uint64(
    'awselb.target_time_ms',
    'Milliseconds from the dispatch to the first byte of the response, a half rounded up.',
  ),
  uint64(
    'awselb.response_time_ms',
    'Milliseconds from the first byte of the response to its sending, a half rounded up.',
  ),
  uint64(
    'awselb.total_time_ms',
    'Milliseconds of the three times together, absent when one of them is; for NLB the time the connection was open.',
  ),
  uint64('awselb.elb_status_code', 'Status that the load balancer answered.'),
  uint64('awselb.target_status_code', 'Status that the target answered; absent when it did not.'),
  uint64('awselb.received_bytes', 'Bytes received from the client.'),
  uint64('awselb.sent_bytes', 'Bytes sent to the client.'),
  string('awselb.request_verb', 'HTTP method as sent.'),
  string('awselb.request_url', 'Whole URL as sent, blanks in it kept.'),
  string('awselb.request_proto', 'HTTP version as sent.'),
  string('awselb.request_scheme', 'Scheme of the URL.'),
  string('awselb.request_host', 'Host of the URL, without port and brackets.'),
  string('awselb.request_path', 'Path of the URL as sent.'),
  string('awselb.request_query', 'Query of the URL as sent, without the question mark.'),
  string(
    'awselb.request_uri_decoded',
    'Path and query with every layer of percent-encoding removed, + as a blank, ASCII in lower case; %00 stays written out.',
  ),
  string('awselb.user_agent', 'User agent as sent, \\xHH decoded.'),
  string('awselb.ssl_cipher', 'Cipher of the TLS connection.'),
  string('awselb.ssl_protocol', 'TLS version: TLSv1.2 (ALB, Classic, connections), tlsv12 (NLB).'),
  string('awselb.target_group_arn', 'ARN of the target group.'),
  string('awselb.target_group', 'Short name of the target group.'),
  string('awselb.trace_id', 'Content of the X-Amzn-Trace-Id header.'),
  string('awselb.domain_name', 'SNI domain that the client asked for in the TLS handshake.'),
  string('awselb.chosen_cert_arn', 'ARN of the certificate presented, or session-reused.'),
  uint64(
    'awselb.matched_rule_priority',
    'Priority of the listener rule that matched, 0 for the default rule; absent when none did.',
  ),
  string('awselb.request_creation_time', 'When the load balancer received the request, as logged (RFC 3339).'),
  string(
    'awselb.actions_executed',
    'Actions taken, separated by commas: authenticate, fixed-response, forward, redirect, rewrite, waf, waf-failed.',
  ),
  string('awselb.redirect_url', 'Target of a redirect.'),
  string(
    'awselb.error_reason',
    'Why an action failed: AuthInvalidCookie, LambdaInvalidResponse, WAFConnectionError and their like.',
  ),
  string('awselb.target_port_list', 'ADDRESS:PORT of the targets that the request went through, separated by blanks.'),
  string('awselb.target_status_code_list', 'Statuses of these targets, separated by blanks.'),
  string(
    'awselb.classification',
    'Desync mitigation: Acceptable, Ambiguous or Severe; absent when the request complies.',
  ),
  string('awselb.classification_reason', 'Why so: SpaceInUri, BothTeClPresent and their like.'),
  string('awselb.conn_trace_id', 'Id of the connection (TID_…), joins access and connection logs.'),
  string('awselb.transformed_host', 'Host after the listener rule rewrote it.'),
  string('awselb.transformed_uri', 'URI after the listener rule rewrote it.'),
  string(
    'awselb.request_transform_status',
    'Outcome of the rewrite: TransformSuccess, TransformInvalidHost and their like.',
  ),
  uint64('awselb.listener_port', 'Port of the listener (connection logs).'),
  uint64('awselb.tls_handshake_ms', 'Milliseconds of the TLS handshake, a half rounded up.'),
  string('awselb.tls_alert', 'TLS alert that the NLB received from the client, a number as logged.'),
  string('awselb.tls_keyexchange', 'Key exchange of the TLS handshake.'),
  string('awselb.alpn_protocol', 'Application protocol negotiated with the client (NLB).'),
  string('awselb.client_cert_subject', 'Subject of the client certificate.'),
  string('awselb.client_cert_serial', 'Serial number of the client certificate.'),
  string('awselb.client_cert_validity', 'Validity of the client certificate, NotBefore=…;NotAfter=….'),
  string('awselb.tls_verify_status', 'Verification of the client certificate: Success or Failed:CODE.'),
  string('awselb.health_status', 'Outcome of a health check: PASS or FAIL.'),
  string(
    'awselb.health_reason',
    'Why a health check failed: TimedOut, ConnectionReset, ResponseCodeMismatch and their like.',
  ),
  uint64('awselb.health_status_code', 'Status that the target answered to the health check.'),
  uint64('awselb.health_latency_ms', 'Milliseconds that the health check took, a half rounded up.'),
  string('awselb.log_type', 'Kind of log: alb, clb, nlb, alb_connection, alb_health.'),
  string('awselb.account_id', 'AWS account, from the object name, else from an ARN in the line.'),
  string('awselb.region', 'AWS region, from the object name, else from an ARN in the line.'),
  string('awselb.lb_name', 'Short name of the load balancer.'),
  string('awselb.lb_type', 'Type of the load balancer: application, network or classic.'),
  string('awselb.lb_id', 'Id of the load balancer, the last part of its ARN; a Classic one has none.'),
  string('awselb.node_ip', 'Address of the load balancer node, from the line, else from the object name.'),
  string(
    'awselb.client_country',
    'ISO code of the country that GeoIP finds for the client; absent without a database.',
  ),
  string('awselb.client_city', 'City that GeoIP finds for the client.'),
  uint64('awselb.client_asn', 'Number of the autonomous system that GeoIP finds for the client.'),
  string('awselb.client_as_org', 'Organisation of that autonomous system.'),
  string('awselb.extra', 'Columns beyond the known ones, as logged.'),
  string('awselb.object', 'Object that the line stands in: s3://BUCKET/KEY or a path.'),
  uint64('awselb.line', 'Number of the line in its object, from 1.'),
  string(
    'awselb.event_id',
    'Hash of object, line number and line; the same line gives the same id when it is read again.',
  ),
  string('awselb.raw', 'The line as logged.'),
];

export type FieldName = (typeof rows)[number]['name'];

/** In the order in which fields are listed and printed. */
export const catalogue: readonly (FieldSpec & { readonly name: FieldName })[] = rows;

/** What rules see of these events: the shape of an `EventSource` of the rules engine. */
export const awselbSource = {
  name: 'awselb',
  /** The version of the registered plugin whose fields these are, for `required_plugin_versions`. */
  plugin: { name: 'awselb', version: '0.1.0' },
  fields: catalogue,
} as const;

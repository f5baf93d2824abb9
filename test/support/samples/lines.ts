import type { Balancer } from './balancers.ts';

/** The five kinds of log line, as their columns. Times are milliseconds since 1970; a column left out is `-`. */

export interface AlbRequest {
  readonly atMs: number;
  readonly type: 'http' | 'https' | 'h2' | 'grpcs' | 'ws' | 'wss';
  readonly client: string;
  readonly clientPort: number;
  /** Absent when the balancer answered by itself. */
  readonly target?: string;
  readonly targetMs?: number;
  readonly status: number;
  readonly targetStatus?: number;
  readonly received: number;
  readonly sent: number;
  /** `METHOD URL VERSION`, already escaped as AWS would. */
  readonly request: string;
  readonly userAgent: string;
  readonly tls?: readonly [cipher: string, protocol: string];
  readonly sni?: string;
  readonly resumed?: boolean;
  readonly rule?: number;
  readonly actions: string;
  readonly redirect?: string;
  readonly error?: string;
  readonly classification?: readonly [kind: 'Acceptable' | 'Ambiguous' | 'Severe', reason: string];
  /** Hex digits: 24 for the trace, 32 for the connection. */
  readonly trace?: string;
  readonly connection: string;
}

export function timeText(ms: number, micros = 0): string {
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);
const micro = (ms: number): string => (ms / 1000).toFixed(6);
const second = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** `width` 29 ends at the classification, 30 adds the connection's trace, 33 the transformed request, 34 the node. */
export function albLine(lb: Balancer, node: string, request: AlbRequest, width: 29 | 30 | 33 | 34): string {
  const micros = Number.parseInt(request.connection.slice(0, 4), 16) % 1000;
  const dispatched = request.target !== undefined;
  const [cipher, protocol] = request.tls ?? ['-', '-'];
  const [kind, reason] = request.classification ?? ['-', '-'];
  const columns = [
    request.type,
    timeText(request.atMs, micros),
    lb.name,
    `${request.client}:${request.clientPort}`,
    request.target ?? '-',
    ...(dispatched ? [seconds(0), seconds(request.targetMs ?? 0), seconds(0)] : ['-1', '-1', '-1']),
    request.status,
    request.targetStatus ?? '-',
    request.received,
    request.sent,
    `"${request.request}"`,
    `"${request.userAgent}"`,
    cipher,
    protocol,
    request.actions.includes('forward') ? lb.targetGroup : '-',
    request.trace === undefined
      ? '"-"'
      : `"Root=1-${Math.floor(request.atMs / 1000).toString(16)}-${request.trace.slice(0, 24)}"`,
    `"${request.sni ?? '-'}"`,
    request.sni === undefined ? '"-"' : `"${request.resumed === true ? 'session-reused' : lb.certificate}"`,
    request.rule ?? '-',
    timeText(request.atMs - (request.targetMs ?? 0) - 1),
    `"${request.actions}"`,
    `"${request.redirect ?? '-'}"`,
    `"${request.error ?? '-'}"`,
    `"${request.target ?? '-'}"`,
    `"${request.targetStatus ?? '-'}"`,
    `"${kind}"`,
    `"${reason}"`,
    `TID_${request.connection}`,
    '"-"',
    '"-"',
    '"-"',
    node,
  ];
  return columns.slice(0, width).join(' ');
}

export interface AlbConnection {
  readonly atMs: number;
  readonly client: string;
  readonly clientPort: number;
  readonly tls?: readonly [cipher: string, protocol: string];
  readonly handshakeMs?: number;
  readonly certificate?: { readonly subject: string; readonly validity: string; readonly serial: string };
  /** `Success` or `Failed:<code>`. */
  readonly verified?: string;
  readonly connection: string;
}

export function connectionLine(lb: Balancer, node: string, connection: AlbConnection): string {
  const [cipher, protocol] = connection.tls ?? ['-', '-'];
  return [
    timeText(connection.atMs, 417),
    connection.client,
    connection.clientPort,
    443,
    protocol,
    cipher,
    connection.handshakeMs === undefined ? '-' : seconds(connection.handshakeMs),
    `"${connection.certificate?.subject ?? '-'}"`,
    connection.certificate?.validity ?? '-',
    connection.certificate?.serial ?? '-',
    connection.verified ?? '-',
    `TID_${connection.connection}`,
    connection.tls === undefined ? '-' : 'x25519',
    lb.name,
    node,
  ].join(' ');
}

export interface HealthCheck {
  readonly atMs: number;
  readonly latencyMs: number;
  readonly target: string;
  readonly status: number | '-';
  /** Absent when the check passed. */
  readonly reason?: string;
}

export function healthLine(lb: Balancer, node: string, check: HealthCheck): string {
  const group = lb.targetGroup.split('/')[1] ?? '-';
  const latency = (check.latencyMs / 1000).toFixed(9);
  const verdict = check.reason === undefined ? 'PASS' : 'FAIL';
  const columns = ['http', timeText(check.atMs, 81), latency, check.target, group, verdict, check.status];
  return [...columns, check.reason ?? '-', lb.name, node].join(' ');
}

export interface NlbConnection {
  readonly atMs: number;
  readonly client: string;
  readonly clientPort: number;
  readonly target: string;
  readonly lastedMs: number;
  readonly handshakeMs?: number;
  readonly received: number;
  readonly sent: number;
  readonly alert?: string;
  readonly tls?: readonly [cipher: string, protocol: string];
  readonly sni?: string;
}

export function nlbLine(lb: Balancer, connection: NlbConnection): string {
  const [cipher, protocol] = connection.tls ?? ['-', '-'];
  const spoken = connection.tls !== undefined;
  const columns = ['tls', '2.0', second(connection.atMs), lb.name, '3f1e5a7c9b0d2846'];
  const peers = [`${connection.client}:${connection.clientPort}`, connection.target];
  const measures = [connection.lastedMs, connection.handshakeMs ?? '-', connection.received, connection.sent];
  const session = [connection.alert ?? '-', lb.certificate, '-', cipher, protocol, spoken ? 'x25519' : '-'];
  const names = [connection.sni ?? '-', '-', '-', '-', second(connection.atMs - connection.lastedMs)];
  return [...columns, ...peers, ...measures, ...session, ...names].join(' ');
}

export interface ClassicRequest {
  readonly atMs: number;
  readonly client: string;
  readonly clientPort: number;
  readonly backend?: string;
  readonly backendMs?: number;
  readonly status: number | '-';
  readonly backendStatus?: number;
  readonly received: number;
  readonly sent: number;
  /** `- - - ` for a TCP listener. */
  readonly request: string;
  readonly userAgent: string;
  readonly tls?: readonly [cipher: string, protocol: string];
}

export function classicLine(lb: Balancer, request: ClassicRequest): string {
  const [cipher, protocol] = request.tls ?? ['-', '-'];
  const dispatched = request.backend !== undefined;
  return [
    timeText(request.atMs, 902),
    lb.name,
    `${request.client}:${request.clientPort}`,
    request.backend ?? '-',
    ...(dispatched ? [micro(0.043), micro(request.backendMs ?? 1), micro(0.038)] : ['-1', '-1', '-1']),
    request.status,
    request.backendStatus ?? (dispatched ? '-' : 0),
    request.received,
    request.sent,
    `"${request.request}"`,
    `"${request.userAgent}"`,
    cipher,
    protocol,
  ].join(' ');
}

import type { ExtraLabels } from '../alert/alert-labels.ts';
import { type AlertLimits, defaultLimits } from '../alert/falco-json.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Intake } from '../deliver/intake.ts';
import type { LineParts } from '../deliver/line-parts.ts';
import type { TriageSources } from '../triage/detail.ts';
import type { Access } from './access.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Login } from './login/login.ts';

/** A part of the service that `/readyz` asks. */
export interface Probe {
  readonly name: string;
  /** True when the service cannot do its work while this part has a problem; `/readyz` is then 503. */
  readonly essential: boolean;
  /** What is wrong now; empty when all is well. Cheap, as load balancers ask every few seconds. */
  problems(): readonly string[];
}

export interface BodyLimits extends AlertLimits {
  /** Bytes of a request's body, compressed or not. */
  readonly maxBodyBytes: number;
  /** Bytes of all larger bodies (over 64 KiB) that are being read, decoded and stored; further ones wait unread. */
  readonly maxBytesAtOnce: number;
}

export const defaultBodyLimits: BodyLimits = {
  ...defaultLimits,
  maxBodyBytes: 8_388_608,
  maxBytesAtOnce: 2_621_440,
};

/** What the triage page's API is built from. */
export interface TriageService {
  readonly sources: TriageSources;
  readonly login: Login;
  /** Aborted when the service is to end: streams end then. */
  readonly stopping: AbortSignal;
}

/** What the HTTP surface is built from; handed in, so that tests have all of it in their hands. */
export interface Service {
  readonly intake: Pick<Intake, 'receive'>;
  /** Absent: lines must be whole in one body. */
  readonly parts?: LineParts;
  readonly access: Access;
  /** Absent: clients may ask as often as they like. */
  readonly rateLimit?: RateLimit;
  readonly limits: BodyLimits;
  readonly probes: readonly Probe[];
  readonly metrics: Metrics;
  /** Absent: none. The same for every service that shares its metrics. */
  readonly extraLabels?: ExtraLabels;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Absent: no triage page, no API. */
  readonly triage?: TriageService;
}

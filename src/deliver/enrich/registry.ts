import { aws } from './aws.ts';
import { elb } from './elb.ts';
import type { EnricherKind } from './enricher.ts';
import { geoip } from './geoip.ts';
import { threat } from './threat.ts';

/** Every enricher kind, in the order of the documentation. */
export const enricherKinds: readonly EnricherKind[] = [geoip, elb, threat, aws];

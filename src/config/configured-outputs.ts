import { type DeliveryPolicy, deliveryConfig } from '../deliver/delivery-policy.ts';
import type { OutputKind } from '../deliver/outputs/output.ts';
import { outputKinds } from '../deliver/outputs/registry.ts';
import { type Configured, fingerprintOf, type Issue, issuesOf, readKinds } from './kinds.ts';

/** An entry of `outputs:`, checked. */
export interface ConfiguredOutput extends Configured<OutputKind> {
  /** What `delivery:` says; the courier's defaults hold for the rest. */
  readonly policy: Partial<DeliveryPolicy>;
}

/** Checks `outputs:`, each with its kind's own keys and `delivery:`. Never throws; what is wrong goes to `issues`. */
export function readOutputs(value: readonly unknown[], issues: Issue[]): ConfiguredOutput[] {
  const before = issues.length;
  const policies: Partial<DeliveryPolicy>[] = [];
  const entries = value.map((item, index) => {
    if (typeof item !== 'object' || item === null || !('delivery' in item)) return item;
    const { delivery, ...entry } = item;
    const parsed = deliveryConfig.safeParse(delivery);
    if (parsed.success) policies[index] = parsed.data;
    else issues.push(...issuesOf(parsed.error, ['outputs', index, 'delivery']));
    return entry;
  });
  const outputs = readKinds('outputs', entries, outputKinds, issues);
  // Something was wrong: the list may lack entries, and nobody will use it.
  if (issues.length > before) return [];
  return outputs.map((output, index) => {
    const policy = policies[index] ?? {};
    if ((policy.concurrency ?? 1) > 1 && output.kind.batch(output.config).sameOnRetry === true)
      issues.push({
        path: ['outputs', index, 'delivery', 'concurrency'],
        at: 'value',
        message: `${output.kind.kind} takes one batch at a time, so that a retry overwrites it; leave concurrency out`,
      });
    return { ...output, policy, fingerprint: fingerprintOf(value[index]) };
  });
}

import { albConnection } from './alb-connection.ts';
import { albHealth } from './alb-health.ts';
import { alb } from './alb.ts';
import { clb } from './clb.ts';
import type { LogFormat } from './format.ts';
import { nlb } from './nlb.ts';

/** Every format of ELB logs. No line is recognised by two of them, so their order does not matter. */
export const formats: readonly LogFormat[] = [alb, clb, nlb, albConnection, albHealth];

/** The format of that name: what an object's name promises (`ObjectFacts.logType`). */
export function formatNamed(name: string | undefined): LogFormat | undefined {
  return formats.find((format) => format.name === name);
}

/**
 * The format whose shape the line has; undefined when it has none. `likely`, the format that the object's name promises or
 * that the line before had, is asked first: in all but mixed objects that answers.
 */
export function formatOf(line: string, likely?: LogFormat): LogFormat | undefined {
  if (likely?.recognises(line) === true) return likely;
  return formats.find((format) => format !== likely && format.recognises(line));
}

import type { Alert } from '../../alert/alert.ts';
import { encodeAlert } from '../../alert/falco-json.ts';
import { printable, printableJson } from '../../base/printable.ts';
import { type Place, placesOf, sayPlace } from './place.ts';

/** Falco's output line, then where the alert's addresses are: `… (client=81.2.69.142) [GB London · AS20712]`. One line, safe for a terminal. */
export function alertLine(alert: Alert): string {
  return printable(alert.output) + placesSuffix(placesOf(alert));
}

/** What stands behind an output line: ` [GB London]` for each place that there is something to say of, each once. */
export function placesSuffix(places: readonly Omit<Place, 'field'>[]): string {
  const texts = new Set(places.map(sayPlace).filter((text) => text !== ''));
  return [...texts].map((text) => printable(` [${text}]`)).join('');
}

/** Falco's JSON with our enrichment on one line, safe for a terminal. */
export function alertJsonLine(alert: Alert): string {
  return printableJson(encodeAlert(alert));
}

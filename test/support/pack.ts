import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../src/alert/alert.ts';
import { awselbSource } from '../../src/detect/formats/catalogue.ts';
import { BadLine, type GeoFacts, type LogFormat } from '../../src/detect/formats/format.ts';
import { objectFacts } from '../../src/aws/object-name.ts';
import { formatOf } from '../../src/detect/formats/registry.ts';
import type { EngineOptions, LoadedRules, RuleEngine } from '../../src/detect/rules/engine.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';

const root = join(import.meta.dirname, '../..');
const name = 'rules/awselb_rules.yaml';

export function packText(): string {
  return readFileSync(join(root, name), 'utf8');
}

/** The pack, and behind it whatever a user would load after it. */
export function loadPack(options: Partial<EngineOptions> = {}, ...own: readonly string[]): LoadedRules {
  const pack = { name, content: packText() };
  const files = own.map((content, index) => ({ name: `own-${index + 1}.yaml`, content }));
  return loadRules([pack, ...files], { sources: [awselbSource], ...options });
}

/** Reads log lines and says which alerts they raise. Throws where the rules do not load: a test has nothing to say then. */
export class Watch {
  readonly #rules;
  readonly #engines = new Map<LogFormat, RuleEngine<never>>();

  constructor(loaded: LoadedRules) {
    if (loaded.ruleSet === undefined) throw new Error(JSON.stringify(loaded.files, undefined, 2));
    this.#rules = loaded.ruleSet;
  }

  /** `undefined` for a line that is no event. */
  alerts(
    line: string,
    object = 'test.log',
    geo?: (address: string) => GeoFacts | undefined,
  ): readonly Alert[] | undefined {
    const facts = objectFacts(object);
    const format = formatOf(line);
    const event = format?.parse(line, { object, facts, ...(geo === undefined ? {} : { geo }) }, 1);
    if (format === undefined || event === undefined || event instanceof BadLine) return undefined;
    let engine = this.#engines.get(format);
    if (engine === undefined) {
      engine = this.#rules.engine(format) as RuleEngine<never>;
      this.#engines.set(format, engine);
    }
    return engine.evaluate(event as never);
  }

  rules(line: string, object?: string, geo?: (address: string) => GeoFacts | undefined): readonly string[] {
    return (this.alerts(line, object, geo) ?? []).map(({ rule }) => rule);
  }
}

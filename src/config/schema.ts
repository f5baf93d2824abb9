import { z } from 'zod';
import { alertLabelNames, labelOfField } from '../alert/alert-labels.ts';
import { parsePriority, priorities } from '../alert/priority.ts';
import { durationMs, secretText } from '../base/config-values.ts';
import { parseDurationMs } from '../base/duration.ts';
import { customConfig } from '../deliver/custom.ts';
import { deliveryConfig } from '../deliver/delivery-policy.ts';
import { enricherKinds } from '../deliver/enrich/registry.ts';
import { outputKinds } from '../deliver/outputs/registry.ts';
import { routeConfig } from '../deliver/routing/route-tree.ts';
import { feedAddressProblem } from '../detect/feed-address.ts';
import { sourceKinds } from '../detect/sources/registry.ts';
import type { Kind } from './kinds.ts';
import type { ConfigPath } from './read-config.ts';
import { uiConfig } from './ui.ts';

const priority = z
  .string()
  .refine((word) => parsePriority(word) !== undefined, `write one of ${priorities.join(', ')}`);

const duration = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, 'write a duration such as 30s, 5m, 12h or 60d');

const ruleOrTag = z
  .strictObject({
    rule: z.string().optional().describe('The name of a rule; * matches anything'),
    tag: z.string().optional(),
  })
  .refine(({ rule, tag }) => rule !== undefined || tag !== undefined, 'name a rule, a tag or both');

const selection = z
  .strictObject({ enable: ruleOrTag.optional(), disable: ruleOrTag.optional() })
  .refine(
    ({ enable, disable }) => (enable === undefined) !== (disable === undefined),
    'write either enable or disable',
  );

const extraField = z.union([z.string(), z.record(z.string(), z.string())], {
  error: 'write a field (awselb.client_ip) or one key with its text (address: "%awselb.client_ip")',
});

const appendOutput = z.strictObject({
  match: z
    .strictObject({ source: z.string().optional(), rule: z.string().optional(), tags: z.array(z.string()).optional() })
    .optional()
    .describe('Which rules it is for; all when left out'),
  extra_output: z.string().optional().describe('Text put behind the output, %fields allowed'),
  extra_fields: z.array(extraField).optional().describe('Fields put into output_fields'),
});

const feed = z.strictObject({
  address: z
    .string()
    .refine((address) => feedAddressProblem(address) === undefined, {
      error: ({ input }) => feedAddressProblem(String(input)) ?? '',
    })
    .default('127.0.0.1:2802')
    .describe('Where the plugin listens, as its open_params say: HOST:PORT or unix:///PATH'),
  token: secretText.optional().describe("The token of the plugin's init_config"),
});

const engine = z.strictObject({
  kind: z
    .enum(['embedded', 'falco'])
    .default('embedded')
    .describe(
      'embedded: the rules run here. falco: a real Falco with our plugin runs them, and posts its alerts to us',
    ),
  threads: z
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe(
      'Threads that run the rules beside the one that serves HTTP, each with rules and databases of its own; 0: none. Default: 1 with the service, 0 without; only for kind: embedded',
    ),
  feed: feed.prefault({}).describe('How events reach that Falco; only for kind: falco'),
});

const metrics = z.strictObject({
  extra_labels: z
    .array(z.string().regex(/^[a-zA-Z_]/, 'write the name of an output field, such as awselb.client_country'))
    .default([])
    .check((context) => {
      const taken = new Set<string>(alertLabelNames);
      for (const [index, field] of context.value.entries()) {
        const label = labelOfField(field);
        const message = `its label, ${label}, is there already; leave it out`;
        if (taken.has(label)) context.issues.push({ code: 'custom', message, path: [index], input: field });
        taken.add(label);
      }
    })
    .describe(
      'Output fields that are labels of falcosecurity_falcosidekick_falco_events_total too; choose those of few values',
    ),
  max_series: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe(
      'Series of that counter with values of their own in the extra labels; these say (other) in all further ones',
    ),
});

/** The keys of the config. The entries of sources, enrichers and outputs are checked by their kinds. */
export const configSchema = z.strictObject({
  base_dir: z.string().default('.').describe("Where relative paths start, itself relative to the config file's folder"),
  state_dir: z
    .string()
    .default('state')
    .describe('Folder for what must survive a restart: the alert store, the progress of sources'),
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address to listen on'),
      port: z.int().min(0).max(65535).default(2801).describe("Falcosidekick's port is the default; 0 takes a free one"),
      tokens: z
        .array(secretText)
        .default([])
        .describe('Any of them opens the service: Bearer, or the password of Basic (http://falco:TOKEN@host in Falco)'),
      networks: z.array(z.string()).default([]).describe('CIDRs that clients must come from; all when empty'),
      open_paths: z.array(z.string()).default(['/ping', '/healthz', '/readyz']).describe('Paths that ask for no token'),
      insecure: z.boolean().default(false).describe('Listen beyond this machine although nothing keeps strangers out'),
      tls: z
        .strictObject({
          cert_file: z.string(),
          key_file: z.string(),
          client_ca_file: z
            .string()
            .optional()
            .describe('Clients must show a certificate that one of these authorities signed'),
        })
        .optional(),
      max_connections: z.int().min(1).default(1000),
      rate_limit: z
        .strictObject({
          requests_per_second: z.number().positive().describe('In the long run'),
          burst: z.int().min(1).default(1000).describe('At once, after a rest'),
        })
        .optional()
        .describe(
          'Most requests with alerts from one address; more are answered with 429. Log routers send those again, Falco does not: its alerts are lost then',
        ),
      max_body_bytes: z.int().min(1024).default(8_388_608).describe('Of one request, compressed or not'),
    })
    .prefault({})
    .describe('The HTTP service'),

  metrics: metrics.prefault({}).describe('The numbers at /metrics'),
  engine: engine.prefault({}).describe('What runs the rules; docs/real-falco.md'),
  ui: uiConfig.prefault({}).describe('Who may use the triage page and its API'),

  rules_files: z.array(z.string()).default([]).describe('Rules files and folders of them, as in falco.yaml'),
  rule_matching: z
    .enum(['first', 'all'])
    .default('first')
    .describe('Whether only the first rule that matches raises an alert, or every one'),
  priority: priority.default('debug').describe('Rules less urgent than this are not loaded'),
  rules: z.array(selection).default([]).describe('Rules to enable and disable, in order, as in falco.yaml'),
  append_output: z
    .array(appendOutput)
    .default([])
    .describe("Adds to rules' outputs and output_fields, as in falco.yaml"),
  time_format_iso_8601: z.boolean().default(false).describe('Times in outputs as ISO 8601 in UTC; else local time'),

  sources: z.array(z.unknown()).default([]).describe('Where logs come from'),
  geoip: z
    .strictObject({
      databases: z
        .array(z.string())
        .default([])
        .describe('.mmdb files (GeoLite2 City, ASN, DB-IP …), the most trusted first'),
      embedded: z.boolean().default(true).describe('Ask the country database that comes along when those do not know'),
      reload_every: duration.default('1m').describe('How often the files are looked at for changes'),
      max_age: duration.default('60d').describe('A database built longer ago is reported as a problem'),
    })
    .prefault({})
    .describe('Databases for the geoip enricher and the awselb.client_country family of fields'),
  custom: customConfig.prefault({}).describe('What is added to every alert, as falcosidekick’s customfields and so on'),
  enrichers: z.array(z.unknown()).default([]).describe('What is added to alerts'),
  store: z
    .strictObject({
      path: z.string().optional().describe('The file; default alerts.db in state_dir'),
      sync: z
        .enum(['interval', 'always'])
        .default('interval')
        .describe('Whether a posted alert is answered once it survives kill -9 (synced within 100 ms), or a power cut'),
      max_bytes: z
        .int()
        .min(1_048_576)
        .optional()
        .describe(
          'The file grows no larger: alerts are refused then, with an error. By default only the disk and retention limit it',
        ),
      retention: z
        .strictObject({
          max_age: durationMs.prefault('90d').describe('How long an alert is kept after it came'),
          max_alerts: z.int().min(1).default(1_000_000).describe('How many alerts are kept'),
          max_undelivered: z
            .int()
            .min(1)
            .optional()
            .describe(
              'Past this many the oldest go even when an output has not taken them, with a warning; by default never',
            ),
        })
        .prefault({})
        .describe('What outputs have taken is kept within these limits'),
    })
    .prefault({})
    .describe('The durable log of alerts'),
  outputs: z.array(z.unknown()).default([]).describe('Where alerts go'),
  route: routeConfig.optional().describe('Who hears of which alert; without it every output hears of all'),
});

/** The kinds of each list, and what a list is called there. */
export const kindLists = { sources: sourceKinds, enrichers: enricherKinds, outputs: outputKinds } as const;

export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly required?: readonly string[];
  readonly $ref?: string;
}

/** The whole config as a JSON Schema (draft 2020-12), for editors: `config/schema.json`. */
export function configJsonSchema(): JsonSchema {
  const schema = jsonSchemaOf(configSchema);
  const lists = Object.entries(kindLists).map(([list, kinds]): [string, JsonSchema] => [
    list,
    { ...schema.properties?.[list], items: { anyOf: kinds.map((kind) => entrySchema(kind, commonKeys[list] ?? {})) } },
  ]);
  return {
    ...schema,
    $id: 'https://github.com/falcosecurity/falco-elb-sidekick/config/schema.json',
    title: 'falco-elb-sidekick configuration',
    properties: { ...schema.properties, ...Object.fromEntries(lists) },
  };
}

/** What entries of a list have beside `kind`, `name` and their kind's own keys. */
const commonKeys: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  outputs: { delivery: deliveryConfig.describe('How hard this output is tried') },
};

function entrySchema({ kind, about, config }: Kind, common: Readonly<Record<string, z.ZodType>>): JsonSchema {
  const schema = withoutDialect(config);
  const name = { type: 'string', description: 'Unique among its like; default: the kind' };
  return {
    ...schema,
    description: about,
    properties: {
      kind: { const: kind },
      name,
      ...schema.properties,
      ...Object.fromEntries(Object.entries(common).map(([key, each]) => [key, withoutDialect(each)])),
    },
    required: ['kind', ...(schema.required ?? [])],
  };
}

function withoutDialect(config: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = jsonSchemaOf(config);
  return schema;
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** The keys that may stand at `path`, `kind` being the entry's kind where the path leads into a list of kinds. */
export function knownKeys(path: ConfigPath, kind: string | undefined): string[] {
  const root = configJsonSchema();
  let at: readonly JsonSchema[] = [root];
  for (const step of path) {
    at = at.flatMap((schema) => {
      const next = typeof step === 'number' ? schema.items : schema.properties?.[step];
      if (next === undefined) return [];
      const options = (next.anyOf ?? [next]).map((option) => referred(root, option));
      const ofKind = options.filter((option) => kind !== undefined && option.properties?.['kind']?.['const'] === kind);
      return ofKind.length > 0 ? ofKind : options;
    });
  }
  return at.flatMap((schema) => Object.keys(schema.properties ?? {}));
}

/** What a `$ref` such as `#/$defs/route` points at; a schema without one is itself. */
function referred(root: JsonSchema, schema: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const steps = schema.$ref.replace(/^#\/?/, '').split('/');
  return steps.reduce<JsonSchema>((at, step) => (step === '' ? at : ((at[step] ?? {}) as JsonSchema)), root);
}

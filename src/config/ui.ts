import { z } from 'zod';
import { durationMs, secretText } from '../base/config-values.ts';
import { isPasswordHash } from '../base/password.ts';
import { present } from '../base/present.ts';
import type { TrustedProxy, UiUser } from '../http/login/login.ts';

/** The part `ui` of the config. */
export const uiConfig = z.strictObject({
  users: z
    .array(
      z
        .strictObject({
          name: z.string().min(1).max(200),
          password: secretText.optional().describe('Best from the environment: ${UI_PASSWORD}'),
          password_hash: z
            .string()
            .refine(isPasswordHash, 'write scrypt:N:r:p:SALT:KEY as docs/triage.md shows how to make it')
            .optional()
            .describe('scrypt:N:r:p:SALT:KEY, in base64; instead of password'),
          role: z.enum(['read-only', 'triage']).default('triage'),
        })
        .refine(
          (user) => (user.password === undefined) !== (user.password_hash === undefined),
          'give either password or password_hash',
        ),
    )
    .default([])
    .refine((users) => new Set(users.map(({ name }) => name)).size === users.length, 'two users have one name')
    .describe('Who may log in to the page; when empty, the tokens of listen open it, and without those it is open'),
  session: durationMs.prefault('12h').describe('How long a login lasts'),
  trusted_proxy: z
    .strictObject({
      networks: z.array(z.string()).min(1).describe('CIDRs that the proxy connects from'),
      user_header: z.string().min(1).describe('The header that names the user, X-Forwarded-User say'),
      groups_header: z.string().min(1).optional().describe("A header with the user's groups, separated by commas"),
      roles: z
        .record(z.string(), z.enum(['read-only', 'triage']))
        .default({})
        .describe('The role of each group'),
      role: z
        .enum(['read-only', 'triage'])
        .optional()
        .describe('Of users of none of those groups; without it these may not enter'),
    })
    .optional()
    .describe(
      'A reverse proxy that logs people in; whoever else can reach the service from these networks is trusted like it',
    ),
});

export interface UiConfig {
  readonly users: readonly UiUser[];
  readonly sessionMs: number;
  readonly proxy?: TrustedProxy;
}

export function uiOf({ users, session: sessionMs, trusted_proxy: proxy }: z.output<typeof uiConfig>): UiConfig {
  return present({
    users: users.map(({ password_hash: passwordHash, ...user }) => present({ ...user, passwordHash })),
    sessionMs,
    proxy:
      proxy &&
      present({
        networks: proxy.networks,
        userHeader: proxy.user_header,
        groupsHeader: proxy.groups_header,
        roles: proxy.roles,
        role: proxy.role,
      }),
  });
}

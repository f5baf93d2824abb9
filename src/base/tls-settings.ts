import { z } from 'zod';

/** How a client meets a server over TLS: `tls:` of what sends over HTTP. Files are PEM, read again when they change. */
export const tlsSettings = z
  .strictObject({
    ca_files: z
      .array(z.string().min(1))
      .default([])
      .describe('Authorities that the receiver’s certificate may come from, in addition to those that Node knows'),
    cert_file: z
      .string()
      .min(1)
      .optional()
      .describe('The certificate to show when the receiver asks for one, the intermediate ones behind it'),
    key_file: z.string().min(1).optional().describe('The key of cert_file, without a passphrase'),
    check_certificate: z
      .boolean()
      .default(true)
      .describe('false sends alerts to whoever answers at the address, with a warning at each start'),
  })
  .refine(
    ({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined),
    'give both cert_file and key_file, or neither',
  );

export type TlsSettings = z.output<typeof tlsSettings>;

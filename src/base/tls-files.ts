import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { TlsSettings } from './tls-settings.ts';

/** A file that cannot be used, with its place in the settings and what to do about it. Never tells what the file holds. */
export interface TlsFileProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export class TlsFilesError extends Error {
  readonly problems: readonly TlsFileProblem[];

  constructor(problems: readonly TlsFileProblem[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.name = 'TlsFilesError';
    this.problems = problems;
  }
}

/** Several times the largest bundle of authorities that is around. */
const maxFileBytes = 4 * 1_048_576;

/** Every file that the settings name. */
export function tlsFilesOf({ ca_files, cert_file, key_file }: TlsSettings): readonly string[] {
  return [...ca_files, ...[cert_file, key_file].filter((file) => file !== undefined)];
}

/** The files, for connections. */
export interface TlsMaterial {
  readonly secureContext: SecureContext;
  /** Of the client certificate: its file, and until when it is valid. */
  readonly shown?: { readonly file: string; readonly untilMs: number };
}

/** Reads and checks the files; rejects with `TlsFilesError`, naming every one that cannot be used. Paths are as `resolvePath` says. */
export async function readTlsFiles(
  { ca_files, cert_file, key_file }: TlsSettings,
  resolvePath: (path: string) => string,
): Promise<TlsMaterial> {
  const problems: TlsFileProblem[] = [];
  const read = async <T>(file: string, path: TlsFileProblem['path'], parse: (text: string) => T) => {
    const name = resolvePath(file);
    try {
      const { size } = await stat(name);
      if (size > maxFileBytes) throw new Unusable(`it has more than ${maxFileBytes} bytes; name a PEM file`);
      const text = await readFile(name, 'utf8');
      return { text, parsed: parse(text) };
    } catch (error) {
      problems.push({ path, message: `${name} cannot be used: ${reasonOf(error)}` });
      return undefined;
    }
  };
  const authorities: string[] = [];
  for (const [index, file] of ca_files.entries()) {
    const found = await read(file, ['ca_files', index], certificatesOf);
    if (found !== undefined) authorities.push(...found.parsed);
  }
  const cert = cert_file === undefined ? undefined : await read(cert_file, ['cert_file'], firstCertificate);
  const key = key_file === undefined ? undefined : await read(key_file, ['key_file'], keyOf);
  if (cert !== undefined && key !== undefined && !cert.parsed.checkPrivateKey(key.parsed))
    problems.push({
      path: ['key_file'],
      message: `${resolvePath(key_file ?? '')} is not the key of the certificate in ${resolvePath(cert_file ?? '')}: name the two files that belong together`,
    });
  if (problems.length > 0) throw new TlsFilesError(problems);
  try {
    const ca = [...getCACertificates('default'), ...authorities];
    if (cert === undefined || key === undefined) return { secureContext: createSecureContext({ ca }) };
    return {
      secureContext: createSecureContext({ ca, cert: cert.text, key: key.text }),
      shown: { file: resolvePath(cert_file ?? ''), untilMs: cert.parsed.validToDate.getTime() },
    };
  } catch (error) {
    // What OpenSSL thinks too weak: keys of 1024 bits, MD5.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
    throw new TlsFilesError([{ path: [], message: `OpenSSL does not take these certificates (${code})` }]);
  }
}

class Unusable extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof Unusable) return error.message;
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
      return 'there is no such file; check the path';
    case 'EACCES':
      return 'this user may not read it; check its permissions';
    case 'EISDIR':
      return 'it is a folder; name a PEM file';
    default:
      return 'it cannot be read';
  }
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificatesOf(text: string): readonly string[] {
  const found = text.match(certificate) ?? [];
  if (found.length === 0)
    throw new Unusable('it holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----');
  try {
    return found.map((one) => new X509Certificate(one).toString());
  } catch {
    throw new Unusable('a certificate in it is damaged; write the file again');
  }
}

function firstCertificate(text: string): X509Certificate {
  return new X509Certificate(certificatesOf(text)[0] ?? '');
}

function keyOf(text: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type:.*ENCRYPTED/m.test(text))
    throw new Unusable('its key has a passphrase; take that away (openssl pkey -in FILE -out NEW)');
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(text))
    throw new Unusable('it holds no key in PEM, which begins with -----BEGIN PRIVATE KEY-----');
  try {
    return createPrivateKey(text);
  } catch {
    throw new Unusable('the key in it is damaged; write the file again');
  }
}

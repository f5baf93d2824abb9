/** Falcosidekick's keys for TLS of what it sends. Those of an output, in `ofOutput`, stand below its section. */
export const tlsClientKeys = {
  ofAll: [
    { key: 'tlsclient.cacertfile', ours: 'ca_files' },
    { key: 'mutualtlsfilespath', ours: 'ca_files, cert_file, key_file' },
    { key: 'mutualtlsclient.cacertfile', ours: 'ca_files' },
    { key: 'mutualtlsclient.certfile', ours: 'cert_file' },
    { key: 'mutualtlsclient.keyfile', ours: 'key_file' },
  ],
  ofOutput: [
    { key: 'mutualtls', ours: 'ca_files, cert_file, key_file' },
    { key: 'checkcert', ours: 'check_certificate' },
  ],
} as const;

/** An output's `tls` in our words. */
export interface TranslatedTls {
  /** Undefined where falcosidekick does what `fetch` does by itself. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
  /** Falcosidekick's key by ours, `ca_files.0`. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * As its `outputs/client.go` has it (August 2026): `tlsclient.cacertfile` is added to the system's authorities for every output; with `mutualtls`
 * a certificate is shown, its authority is added too, and `checkcert` does not count.
 */
export function translateTls(section: string, valueOf: (key: string) => unknown): TranslatedTls {
  const origins = new Map<string, string>();
  const value: Record<string, unknown> = {};
  const authorities: unknown[] = [];
  const named = valueOf('mutualtlsfilespath');
  const folder = typeof named === 'string' ? named : '/etc/certs';
  /** A file by its own key, else by its fixed name in the folder. */
  const fileOf = (key: string, name: string): readonly [unknown, string] => {
    const own = valueOf(key);
    return own === undefined ? [`${folder}/${name}`, 'mutualtlsfilespath'] : [own, key];
  };
  const trust = (file: unknown, key: string): void => {
    origins.set(`ca_files.${authorities.length}`, key);
    authorities.push(file);
  };

  const everywhere = valueOf('tlsclient.cacertfile');
  const mutual = isTrue(valueOf(`${section}.mutualtls`));
  const isUnchecked = String(valueOf(`${section}.checkcert`)) === 'false';
  const authority = fileOf('mutualtlsclient.cacertfile', 'ca.crt');
  const cert = fileOf('mutualtlsclient.certfile', 'client.crt');
  const key = fileOf('mutualtlsclient.keyfile', 'client.key');
  if (mutual || !isUnchecked) {
    if (everywhere !== undefined) trust(everywhere, 'tlsclient.cacertfile');
    if (mutual) {
      trust(...authority);
      [value['cert_file'], value['key_file']] = [cert[0], key[0]];
      origins.set('cert_file', cert[1]).set('key_file', key[1]);
    }
    if (authorities.length > 0) value['ca_files'] = authorities;
  } else {
    value['check_certificate'] = false;
    origins.set('check_certificate', `${section}.checkcert`);
  }
  return { value: Object.keys(value).length === 0 ? undefined : value, origins };
}

/** Environment variables have it as text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

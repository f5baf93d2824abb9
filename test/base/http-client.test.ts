import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { z } from 'zod';
import { type HttpAnswer, type HttpClient, openHttpClient } from '../../src/base/http-client.ts';
import { connectionError } from '../../src/base/connection-error.ts';
import { readTlsFiles, TlsFilesError } from '../../src/base/tls-files.ts';
import { tlsSettings } from '../../src/base/tls-settings.ts';
import { handClock } from '../support/hand-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { pem, startTlsReceiver, type TlsReceiver } from '../support/tls-receiver.ts';

const itself = (path: string): string => path;
const never = new AbortController().signal;
const ours = { ca_files: [pem('ca')] };
const client = { cert_file: pem('client'), key_file: pem('client-key') };
const stranger = { cert_file: pem('stranger'), key_file: pem('stranger-key') };

async function opened(tls: z.input<typeof tlsSettings> | undefined, clock = handClock()): Promise<HttpClient> {
  const http = await openHttpClient({ clock, resolvePath: itself, tls: tls && tlsSettings.parse(tls) });
  onTestFinished(() => http.close());
  return http;
}

function post(http: HttpClient, { endpoint }: TlsReceiver): Promise<HttpAnswer> {
  return http.post({ url: `${endpoint}/T0P5ECRET`, headers: { authorization: 'T0P5ECRET' }, body: 'alert' }, never);
}

function said(code: string, ownTls = true): string {
  const error = Object.assign(new Error('T0P5ECRET'), { code });
  return connectionError('https://h:1/T0P5ECRET', error, ownTls).message;
}

/** A folder with a certificate and a key, to be replaced. */
function folderWith(cert: string, key: string) {
  const folder = temporaryFolder();
  const files = { cert_file: join(folder, 'tls.crt'), key_file: join(folder, 'tls.key') };
  const put = (fromCert: string, fromKey: string): void => {
    copyFileSync(pem(fromCert), files.cert_file);
    copyFileSync(pem(fromKey), files.key_file);
  };
  put(cert, key);
  return { files, put };
}

async function problemsOf(tls: z.input<typeof tlsSettings>): Promise<TlsFilesError> {
  const error: unknown = await readTlsFiles(tlsSettings.parse(tls), itself).catch((thrown: unknown) => thrown);
  if (!(error instanceof TlsFilesError)) throw new Error('nothing was wrong');
  return error;
}

function written(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('sending over TLS', () => {
  it('refuses a receiver whose authority nobody named, and says what to set', async () => {
    const receiver = await startTlsReceiver();
    for (const http of [await opened(undefined), await opened({}), await opened(client)]) {
      const says = /^no answer from 127\.0\.0\.1:\d+: SELF_SIGNED_CERT_IN_CHAIN: .*name the file.*tls\.ca_files/;
      await expect(post(http, receiver)).rejects.toThrow(says);
      await expect(http.reachable(receiver.endpoint, never)).rejects.toThrow(says);
    }
    expect(receiver.received).toEqual([]);
  });

  it('takes a receiver of an authority that was named', async () => {
    const receiver = await startTlsReceiver();
    const http = await opened(ours);
    expect(await post(http, receiver)).toEqual({ status: 200, body: 'ok' });
    await http.reachable(receiver.endpoint, never);
    expect(receiver.received[0]).toEqual({ client: 'nobody', body: 'alert' });
  });

  it('takes any receiver where certificates are not checked', async () => {
    const receiver = await startTlsReceiver();
    expect(await post(await opened({ check_certificate: false }), receiver)).toMatchObject({ status: 200 });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'shows its certificate where the receiver asks for one, over %s',
    async (maxVersion) => {
      const receiver = await startTlsReceiver({ asksClients: true, maxVersion });
      expect(await post(await opened({ ...ours, ...client }), receiver)).toMatchObject({ status: 200 });
      await expect(post(await opened(ours), receiver)).rejects.toThrow(/client certificate.*tls\.cert_file/);
      await expect(post(await opened({ ...ours, ...stranger }), receiver)).rejects.toThrow(
        /client certificate.*tls\.cert_file/,
      );
      expect(receiver.received).toHaveLength(1);
    },
  );

  it('says what an alert of the receiver means, and no path', () => {
    expect(said('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')).toMatch(/client certificate; name one in tls\.cert_file/);
    expect(said('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA')).toMatch(/does not take the client certificate/);
    expect(said('ERR_TLS_CERT_ALTNAME_INVALID')).toMatch(/other names than the address/);
  });

  it.each([
    ['ECONNREFUSED', /nothing listens there, .*; check host and port/],
    ['ENOTFOUND', /DNS knows no such name; check the host/],
    ['EAI_AGAIN', /DNS does not answer; check/],
    ['UND_ERR_CONNECT_TIMEOUT', /nothing answers there; a firewall/],
    ['EHOSTUNREACH', /no way to that network; check/],
    ['UND_ERR_SOCKET', /was closed before the whole answer came; the service/],
    ['ECONNRESET', /was closed before the whole answer came; the service/],
    ['UND_ERR_HEADERS_TIMEOUT', /did not answer in time; look whether/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /no TLS is spoken there; check the port/],
    ['HPE_INVALID_CONSTANT', /is no HTTP; check the port/],
    ['EMFILE', /no file descriptor is left.*ulimit -n/],
  ])('says of %s what it means and what to do', (code, means) => {
    const message = said(code, false);
    expect(message).toMatch(means);
    expect(message.startsWith(`no answer from h:1: ${code}: `)).toBe(true);
    expect(message).not.toContain('T0P5ECRET');
  });

  it('says of real failures of `fetch` what to do: nobody there, and no TLS there', async () => {
    const http = await opened(undefined);
    const plain = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    await expect(http.reachable(`https://127.0.0.1:${port}/`, never)).rejects.toThrow(/no TLS is spoken there; check/);
    plain.closeAllConnections();
    await new Promise((resolve) => plain.close(resolve));
    await expect(http.reachable(`http://127.0.0.1:${port}/`, never)).rejects.toThrow(/: nothing listens there/);
  });

  it('does not follow redirects, and reads no more of an answer than it needs', async () => {
    const receiver = await startTlsReceiver({
      answer: { status: 302, headers: { location: '/' }, body: 'x'.repeat(100_000) },
    });
    const { status, body } = await post(await opened(ours), receiver);
    expect([status, body.length]).toEqual([302, 4096]);
    expect(receiver.received).toHaveLength(1);
  });

  it('gives up when told', async () => {
    const receiver = await startTlsReceiver();
    await expect(
      (await opened(ours)).post(
        { url: receiver.endpoint, headers: {}, body: '' },
        AbortSignal.abort(new Error('enough')),
      ),
    ).rejects.toThrow('enough');
  });
});

describe('certificates that are replaced', () => {
  it('are shown from the next look on, also over connections that were kept', async () => {
    const receiver = await startTlsReceiver({ asksClients: 'but takes all' });
    const { files, put } = folderWith('stranger', 'stranger-key');
    const clock = handClock();
    const http = await opened({ ...ours, ...files }, clock);
    await post(http, receiver);
    put('client', 'client-key');
    await clock.advance(9_999);
    await post(http, receiver);
    await clock.advance(1);
    await post(http, receiver);
    expect(receiver.received.map(({ client: shown }) => shown)).toEqual(['stranger', 'stranger', 'client']);
  });

  it('are looked at again at once after a request failed', async () => {
    const receiver = await startTlsReceiver({ asksClients: true });
    const { files, put } = folderWith('stranger', 'stranger-key');
    const http = await opened({ ...ours, ...files });
    await expect(post(http, receiver)).rejects.toThrow();
    put('client', 'client-key');
    expect(await post(http, receiver)).toMatchObject({ status: 200 });
  });

  it('stay in use as they were while key and certificate do not belong together, with the problem told', async () => {
    const receiver = await startTlsReceiver({ asksClients: 'but takes all' });
    const { files, put } = folderWith('client', 'client-key');
    const clock = handClock();
    const http = await opened({ ...ours, ...files }, clock);
    expect(http.problems()).toEqual([]);
    put('stranger', 'client-key');
    await clock.advance(10_000);
    await post(http, receiver);
    expect(receiver.received[0]).toMatchObject({ client: 'client' });
    expect(http.problems()).toEqual([expect.stringMatching(/tls\.key is not the key of .*tls\.crt.*stays in use$/)]);
    put('stranger', 'stranger-key');
    await clock.advance(10_000);
    await post(http, receiver);
    expect(receiver.received[1]).toMatchObject({ client: 'stranger' });
    expect(http.problems()).toEqual([]);
  });
});

function encryptedKey(): string {
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
  return generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding, privateKeyEncoding }).privateKey;
}

describe('a client certificate', () => {
  it('that ends within a week is told as a problem, and once it has ended with what fails too', async () => {
    const endMs = Date.parse(new X509Certificate(readFileSync(pem('client'))).validTo);
    const week = 7 * 86_400_000;
    const problemsAt = async (ms: number) => (await opened(client, handClock(ms))).problems();
    expect(await problemsAt(endMs - week - 1)).toEqual([]);
    expect(await problemsAt(endMs - week)).toEqual([
      expect.stringMatching(/client\.pem ends on 2\d{3}-\d\d-\d\d; renew it$/),
    ]);
    const receiver = await startTlsReceiver();
    await expect(post(await opened(client, handClock(endMs)), receiver)).rejects.toThrow(
      /^no answer from .*; the certificate in .*client\.pem has ended on /,
    );
  });
});

describe('files of TLS that cannot be used', () => {
  it('are all named, with their places and what to do', async () => {
    const { problems } = await problemsOf({
      ca_files: [pem('ca'), written('ca.der', 'not PEM'), '/nowhere/ca.pem'],
      cert_file: pem('client'),
      key_file: pem('server-key'),
    });
    expect(problems.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      expect.stringMatching(/^ca_files\.1: .*ca\.der cannot be used: it holds no certificate in PEM/),
      'ca_files.2: /nowhere/ca.pem cannot be used: there is no such file; check the path',
      expect.stringMatching(/^key_file: .*server-key\.pem is not the key of the certificate in .*client\.pem/),
    ]);
  });

  it.each([
    ['damaged', (key: string) => key.replace(/\n[^-]{20}/, '\n'), /the key in it is damaged/],
    ['with a passphrase', encryptedKey, /its key has a passphrase/],
    ['a certificate', () => readFileSync(pem('client'), 'utf8'), /it holds no key in PEM/],
    ['too large', () => 'x'.repeat(4 * 1_048_576 + 1), /more than 4194304 bytes/],
  ])('a key that is %s is refused without a word of it being told', async (_what, broken, says) => {
    const key = readFileSync(pem('client-key'), 'utf8');
    const path = written('client.key', broken(key));
    const error = await problemsOf({ cert_file: pem('client'), key_file: path });
    expect(error.message).toMatch(says);
    expect(error.problems[0]?.path).toEqual(['key_file']);
    for (const line of key.split('\n').filter((each) => each.length > 8 && !each.startsWith('-')))
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(line);
  });

  it.runIf(process.getuid?.() !== 0)(
    'a file that this user may not read is told as that (skipped: root may read everything)',
    async () => {
      const path = written('ca.pem', '');
      chmodSync(path, 0);
      expect((await problemsOf({ ca_files: [path] })).message).toMatch(/may not read it; check its permissions/);
    },
  );

  it('a certificate without its key, or the other way round, is refused', () => {
    expect(tlsSettings.safeParse({ cert_file: 'a' }).error?.issues[0]?.message).toMatch(/both cert_file and key_file/);
    expect(tlsSettings.safeParse({ key_file: 'a' }).success).toBe(false);
  });

  it('keys are in nothing that can be printed', async () => {
    const http = await opened({ ...ours, ...client });
    const secret = readFileSync(pem('client-key'), 'utf8').split('\n')[1] ?? '';
    expect(secret).not.toBe('');
    expect(inspect(http, { depth: 10, showHidden: true })).not.toContain(secret);
  });
});

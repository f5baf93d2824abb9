/**
 * What to say of a request that got no answer: the host, what happened, and what to do about it. `fetch` hides the
 * cause in `cause`, and may repeat the whole URL in its message, which can be secret; so neither is handed on. `ownTls`: certificates of one's own are in use.
 */
export function connectionError(url: string, error: unknown, ownTls: boolean): Error {
  const code = codeOf(error);
  const host = URL.canParse(url) ? new URL(url).host : 'the configured address';
  const closed = ownTls && code !== undefined && closings.has(code) ? `${code}: ${closedAdvice}` : undefined;
  const said = closed ?? connectionAdvice(error, 'tls.ca_files') ?? code;
  return new Error(`no answer from ${host}: ${said ?? 'the connection failed'}`);
}

/** Where authorities are named that Node does not know by itself. */
type Authorities = 'tls.ca_files' | 'NODE_EXTRA_CA_CERTS';

/**
 * `CODE: what it means and what to do`, of an error that a connection ended with; undefined for all others. Says nothing of the
 * address but "there": the caller names it.
 */
export function connectionAdvice(error: unknown, authorities: Authorities = 'NODE_EXTRA_CA_CERTS'): string | undefined {
  const code = codeOf(error);
  const advice = code === undefined ? undefined : (networkAdvice(code) ?? certificateAdvice(code, authorities));
  return advice === undefined ? undefined : `${code}: ${advice}`;
}

function codeOf(error: unknown): string | undefined {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Node's codes (nodejs.org/api/errors.html, "Common system errors"; `HPE_` are its HTTP parser's) and undici's. */
function networkAdvice(code: string): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there, or a firewall refuses; check host and port, and that the service runs';
    case 'ENOTFOUND':
      return 'DNS knows no such name; check the host for typing errors, and which DNS this machine asks';
    case 'EAI_AGAIN':
      return 'DNS does not answer; check the DNS servers of this machine';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'nothing answers there; a firewall or security group may drop the packets; check them, host and port';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'this machine has no way to that network; check its routes, gateway and VPN';
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return 'the connection was closed before the whole answer came; the service, or a proxy before it, may be restarting or overloaded, or the address says http where it speaks TLS';
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'it took the request and did not answer in time; look whether it hangs or is overloaded';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'no TLS is spoken there; check the port, or write http:// where that is meant';
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
      return 'it speaks no version of TLS that is taken here; it has to know TLS 1.2 or 1.3';
    case 'EMFILE':
    case 'ENFILE':
      return 'no file descriptor is left for a connection; raise the limit of this process (ulimit -n, LimitNOFILE)';
    default:
      return code.startsWith('HPE_')
        ? 'what answers there is no HTTP; check the port, or write https:// where it speaks TLS'
        : undefined;
  }
}

/** In TLS 1.3 the client is done before the server has judged its certificate; undici loses the alert that says so. */
const closings = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const closedAdvice =
  'it closed the connection without an answer; a receiver that asks for client certificates may do that when it gets none, or does not take that of tls.cert_file';

/** OpenSSL's codes, as Node spells them (nodejs.org/api/tls.html, "X509 certificate error codes"), and TLS alerts. */
function certificateAdvice(code: string, authorities: Authorities): string | undefined {
  switch (code) {
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `its certificate comes from an authority that is not known here; name the file with that authority’s certificate in ${authorities}`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for other names than the address has; use one of those names in the address';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid today; renew it there, or set the clock here';
    case 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE':
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
      return 'it ends the handshake; perhaps it asks for a client certificate; name one in tls.cert_file and tls.key_file';
    default:
      return /^ERR_SSL_.*_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)$/.test(
        code,
      )
        ? 'it does not take the client certificate of tls.cert_file; name one that its authority signed and that is valid today'
        : undefined;
  }
}

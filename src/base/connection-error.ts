/**
 * What to say of a request that got no answer: the host, what happened, and what to set where that helps. `fetch` hides the
 * cause in `cause`, and may repeat the whole URL in its message, which can be secret; so neither is handed on. `ownTls`: certificates of one's own are in use.
 */
export function connectionError(url: string, error: unknown, ownTls: boolean): Error {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
  const host = URL.canParse(url) ? new URL(url).host : 'the configured address';
  if (typeof code !== 'string') return new Error(`no answer from ${host}: the connection failed`);
  const advice = adviceFor(code) ?? (ownTls && closings.has(code) ? closedAdvice : undefined);
  return new Error(`no answer from ${host}: ${code}${advice === undefined ? '' : `: ${advice}`}`);
}

/** In TLS 1.3 the client is done before the server has judged its certificate; undici loses the alert that says so. */
const closings = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const closedAdvice =
  'it closed the connection without an answer; a receiver that asks for client certificates may do that when it gets none, or does not take that of tls.cert_file';

/** OpenSSL's codes, as Node spells them (nodejs.org/api/tls.html, "X509 certificate error codes"), and TLS alerts. */
function adviceFor(code: string): string | undefined {
  switch (code) {
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'its certificate comes from an authority that is not known here; name the file with that authority’s certificate in tls.ca_files';
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

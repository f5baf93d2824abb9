/** What is wrong with an address of the plugin: `HOST:PORT`, `http://HOST:PORT` or `unix:///PATH`, as `open_params` has it. */
export function feedAddressProblem(address: string): string | undefined {
  if (/^unix:\/\/\/./.test(address)) return undefined;
  const url = address.includes('://') ? address : `http://${address}`;
  if (/^http:\/\/[^/@]+:\d+\/?$/.test(url) && URL.canParse(url)) return undefined;
  return 'write where the plugin listens: HOST:PORT (127.0.0.1:2802) or unix:///PATH; it has no TLS';
}

/** How node:http names the address. */
export function placeOf(
  address: string,
): { readonly socketPath: string } | { readonly host: string; readonly port: string } {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const url = new URL(address.includes('://') ? address : `http://${address}`);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? '80' : url.port };
}

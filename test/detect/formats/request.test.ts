import { describe, expect, it } from 'vitest';
import { Request } from '../../../src/detect/formats/request.ts';

function parts(column: string): Record<string, string> {
  const { verb, url, proto, scheme, host, path, query } = new Request(column);
  return Object.fromEntries(
    Object.entries({ verb, url, proto, scheme, host, path, query }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

describe('a request column', () => {
  it('is verb, URL and version', () => {
    expect(parts('GET https://shop.example.com:443/a/b?c=d HTTP/1.1')).toEqual({
      verb: 'GET',
      url: 'https://shop.example.com:443/a/b?c=d',
      proto: 'HTTP/1.1',
      scheme: 'https',
      host: 'shop.example.com',
      path: '/a/b',
      query: 'c=d',
    });
  });

  it('keeps a URL with blanks whole', () => {
    expect(parts('GET http://h:80/a b?c d HTTP/1.1')).toMatchObject({ path: '/a b', query: 'c d', proto: 'HTTP/1.1' });
    expect(parts('GET /path with spaces HTTP/1.1')).toEqual({
      verb: 'GET',
      url: '/path with spaces',
      path: '/path with spaces',
      proto: 'HTTP/1.1',
    });
  });

  it('may end in a blank, behind a version or instead of one', () => {
    expect(parts('GET http://h:80/ HTTP/1.0 ')).toMatchObject({ path: '/', proto: 'HTTP/1.0' });
    expect(parts('GET http://h:80- ')).toEqual({ verb: 'GET', url: 'http://h:80-', scheme: 'http', host: 'h' });
    expect(parts('GET http://h:80-/ ')).toMatchObject({ host: 'h', path: '/' });
    expect(parts('GET http://h:80/a b ')).toEqual({
      verb: 'GET',
      url: 'http://h:80/a b',
      scheme: 'http',
      host: 'h',
      path: '/a b',
    });
  });

  it('has no parts where nothing was logged', () => {
    for (const nothing of ['- - - ', '- - -', '-', '', ' ']) expect(parts(nothing)).toEqual({});
    expect(parts('- http://lb:80- -')).toEqual({ url: 'http://lb:80-', scheme: 'http', host: 'lb' });
    expect(parts('PING')).toEqual({ verb: 'PING' });
  });

  it('gives hosts without user, port and brackets', () => {
    const hosts = {
      'http://[2001:db8::1]:443/': '2001:db8::1',
      'http://[2001:db8::1]/': '2001:db8::1',
      'http://user:pass@h.example:80/': 'h.example',
      'http://h.example/': 'h.example',
      'http://h.example:/': 'h.example',
      'http://h.example?a@b': 'h.example',
      'http://192.0.2.1/': '192.0.2.1',
      'http://192.0.2.1:8080-': '192.0.2.1',
      'http://h-/': 'h-',
      'http://user@/': undefined,
      'http://:80/': undefined,
      'http://80/': '80',
    };
    for (const [url, host] of Object.entries(hosts))
      expect([url, parts(`GET ${url} HTTP/1.1`)['host']]).toEqual([url, host]);
  });

  it('reads a URL without scheme as path, and a scheme only where a URL can have one', () => {
    expect(parts('OPTIONS * HTTP/1.1')).toMatchObject({ path: '*' });
    expect(parts('CONNECT h.example:443 HTTP/1.1')).toMatchObject({ path: 'h.example:443' });
    expect(parts('GET /go?to=http://evil.example/x HTTP/1.1')).toEqual({
      verb: 'GET',
      url: '/go?to=http://evil.example/x',
      proto: 'HTTP/1.1',
      path: '/go',
      query: 'to=http://evil.example/x',
    });
  });

  it('leaves bytes alone that are blanks only elsewhere', () => {
    expect(parts('GET http://h/\xc3\xa0')['path']).toBe('/\xc3\xa0');
    expect(parts('GET http://h/ HTTP/1.1\t')['proto']).toBe('HTTP/1.1\t');
  });

  it('undoes escapes after it was divided', () => {
    expect(parts('GET http://h:80/\\x22\\x20x?\\x3F HTTP/1.1')).toMatchObject({ path: '/" x', query: '?' });
  });

  it('divides path and query at the first question mark, and an empty query is none', () => {
    expect(parts('GET http://h/a?b?c HTTP/1.1')).toMatchObject({ path: '/a', query: 'b?c' });
    expect(parts('GET http://h/a? HTTP/1.1')['query']).toBeUndefined();
    expect(new Request('GET http://h/a? HTTP/1.1').uriDecoded).toBe('/a?');
    expect(parts('GET http://h?b HTTP/1.1')).toMatchObject({ host: 'h', query: 'b' });
  });

  it('decodes path and query together', () => {
    expect(new Request('GET http://h:80/%2e%2e/A?x=%3CScript%3E HTTP/1.1').uriDecoded).toBe('/../a?x=<script>');
    expect(new Request('- http://lb:80- -').uriDecoded).toBeUndefined();
  });
});

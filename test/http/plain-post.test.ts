import { describe, expect, it } from 'vitest';
import { type PlainPost, plainPost } from '../../src/http/plain-post.ts';

const body = '{"priority":"Error","rule":"Blüte"}';
const bytesOfBody = Buffer.byteLength(body);

/** As Falco's libcurl writes it; each header may be another one, or `undefined` for none. */
function request(changed: Record<string, string | undefined> = {}, text = body, line = 'POST / HTTP/1.1'): Buffer {
  const headers = {
    Host: '127.0.0.1:2801',
    'User-Agent': 'falcosecurity/falco',
    Accept: '*/*',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    ...changed,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return Buffer.from([line, ...lines, '', text].join('\r\n'));
}

function taken(bytes: Buffer): PlainPost {
  const post = plainPost(bytes);
  if (post === undefined || post === 'partial') throw new Error(`not taken: ${String(post)}`);
  return post;
}

describe('a plain post', () => {
  it('is what Falco sends', () => {
    const post = taken(request({ Authorization: 'Basic YTpi' }));
    expect(post.body.toString()).toBe(body);
    expect(post.headers.get('authorization')).toBe('Basic YTpi');
    expect(post.headers.get('content-length')).toBe(String(bytesOfBody));
  });

  it('is told by the head that it has, not by one that was seen before', () => {
    taken(request());
    expect(taken(request({ 'User-Agent': 'curl/8' })).headers.get('user-agent')).toBe('curl/8');
    expect(taken(request({}, '{}')).body.toString()).toBe('{}');
  });

  it('is partial for as long as it may become one', () => {
    const whole = request();
    for (let end = 1; end < whole.length; end++) expect(plainPost(whole.subarray(0, end))).toBe('partial');
  });

  it.each([
    ['another path', request({}, body, 'POST /test HTTP/1.1')],
    ['another method', request({}, body, 'GET / HTTP/1.1')],
    ['another version', request({}, body, 'POST / HTTP/1.0')],
    ['a header that is not Falco’s', request({ 'X-Forwarded-For': '1.2.3.4' })],
    ['an encoding', request({ 'Content-Encoding': 'gzip' })],
    ['a transfer encoding beside the length', request({ 'Transfer-Encoding': 'chunked' })],
    ['a wish to close', request({ Connection: 'close' })],
    ['an expectation', request({ Expect: '100-continue' })],
    ['no host', request({ Host: undefined })],
    ['no length', request({ 'Content-Length': undefined })],
    ['a length twice', request({ 'content-length': String(bytesOfBody) })],
    ['a length with a sign', request({ 'Content-Length': `+${bytesOfBody}` })],
    ['a length that is none', request({ 'Content-Length': '0x10' })],
    ['a list of lengths', request({ 'Content-Length': `${bytesOfBody}, ${bytesOfBody}` })],
    ['a blank before the colon', request({ 'Content-Length ': String(bytesOfBody) })],
    ['no blank behind the colon', Buffer.from(request().toString().replace('Host: ', 'Host:'))],
    ['a folded header', request({ Accept: '*/*\r\n  more' })],
    ['a control byte in a header', request({ Accept: '*/\u0001*' })],
    ['a bare line feed in a header', request({ Accept: '*/*\nContent-Length: 3' })],
    ['a byte beyond ASCII in a header', request({ 'User-Agent': 'Blüte' })],
    ['a second request behind it', Buffer.concat([request(), request()])],
    ['a byte more than its length', Buffer.concat([request(), Buffer.from('\n')])],
    ['nothing of HTTP', Buffer.from('\u0016\u0003\u0001')],
    ['an empty line first', Buffer.concat([Buffer.from('\r\n'), request()])],
  ])('is not one with %s', (_what, bytes) => {
    expect(plainPost(bytes)).toBeUndefined();
  });

  it('has at most 1,024 bytes of head and 65,536 of body', () => {
    const head = request({}, '').indexOf('\r\n\r\n');
    const filled = (bytes: number) => request({ 'User-Agent': `falcosecurity/falco${'x'.repeat(bytes - head)}` }, '');
    expect(taken(filled(1_024)).body).toHaveLength(0);
    expect(plainPost(filled(1_025))).toBeUndefined();
    expect(plainPost(Buffer.alloc(1_025, 'x'))).toBeUndefined();
    expect(taken(request({}, 'x'.repeat(65_536))).body).toHaveLength(65_536);
    expect(plainPost(request({}, 'x'.repeat(65_537)))).toBeUndefined();
  });
});

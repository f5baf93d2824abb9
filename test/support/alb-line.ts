/** One ALB access log line of our own, 30 columns; what a test is about is given, the rest is plausible. */
export function albLine(
  given: { status?: number; client?: string; path?: string; agent?: string; time?: string } = {},
): string {
  const {
    status = 200,
    client = '203.0.113.7',
    path = '/',
    agent = 'curl/8.5.0',
    time = '2026-09-15T18:00:00.123456Z',
  } = given;
  return [
    `https ${time} app/shop/50dc6c495c0c9188 ${client}:51234 10.0.0.5:8080 0.000 0.012 0.000 ${status} ${status} 120 3400`,
    `"GET https://shop.example:443${path} HTTP/2.0" "${agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2`,
    'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/73e2d6bc24d8a067',
    '"Root=1-67a1b2c3-0123456789abcdef01234567" "shop.example"',
    '"arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"',
    `1 ${time} "forward" "-" "-" "10.0.0.5:8080" "${status}" "-" "-" TID_0123456789abcdef0123456789abcdef`,
  ].join(' ');
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { albLine } from '../support/alb-line.ts';
import { type AwsEmulator, emulatorKinds } from '../support/aws-emulator.ts';
import { type AwsWorld, albKey, makeAwsWorld } from '../support/aws-world.ts';
import { Child } from '../support/child.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { ruleFor503 } from '../support/ingest-app.ts';

let aws: AwsEmulator;
let proxy: FaultProxy;
let world: AwsWorld;
let cwd: string;
beforeAll(async () => {
  const [fauxqs] = emulatorKinds;
  if (fauxqs === undefined) throw new Error('no emulator');
  aws = await fauxqs.start();
  proxy = await startFaultProxy(aws.endpoint);
});
afterAll(async () => {
  await proxy.stop();
  await aws.stop();
});
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'scan-bucket-'));
  writeFileSync(join(cwd, 'rules.yaml'), ruleFor503);
  world = await makeAwsWorld(aws.endpoint);
  for (let number = 0; number < 30; number++)
    await world.put(albKey({ random: `n${number}` }), gzipSync(`${albLine({ status: 503 })}\n`.repeat(100)));
});
afterEach(() => {
  world.close();
  rmSync(cwd, { recursive: true, force: true });
});

const scan = (): Child =>
  new Child(
    ['scan', '-r', 'rules.yaml', '--endpoint-url', proxy.endpoint, '--region', world.region, `s3://${world.bucket}`],
    { cwd },
  );

describe('a scan of a bucket as a process', () => {
  it('ends by itself when all is read', async () => {
    const child = scan();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.err).toMatch(/^30 objects, 3,000 lines /);
  });

  it('ends on Ctrl-C with the summary of what was read, though downloads hang', async () => {
    // From the twelfth object on nothing more comes: those are being fetched ahead when the signal comes.
    proxy.misbehave(({ path }) => (/_n2\d/.test(path) ? { kind: 'stall', afterBytes: 10 } : undefined));
    const child = scan();
    await child.until(({ out }) => out.split('\n').length > 1000);
    expect(await child.kill('SIGINT')).toEqual({ code: 1, signal: null });
    expect(child.err).toMatch(/^Stopped\. \d+ objects, [\d,]+ lines /);
    expect(child.err).toContain('  Balancer answered 503\n');
  });
});

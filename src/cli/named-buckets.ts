import { forgetfulProgress } from '../detect/forgetful-progress.ts';
import { awsConfig } from '../aws/client.ts';
import { type Moment, moment } from '../detect/sources/moment.ts';
import { openS3Place, parseS3Url, type S3PlaceOptions } from '../detect/sources/s3-place.ts';
import type { Source } from '../detect/sources/source.ts';
import { WrongCall } from './command.ts';
import type { Machine } from './machine.ts';
import { namedPaths } from './named-paths.ts';

/** How what is named `s3://…` is reached, and which of it is wanted, as typed. */
export interface BucketOptions {
  readonly since?: string;
  readonly until?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly requestPayer?: true;
}

/** As `namedSources` (named-sources.ts), where S3 is spoken of. */
export async function namedBuckets(
  paths: readonly string[],
  options: BucketOptions,
  machine: Machine,
): Promise<readonly Source[]> {
  const place = placeOptions(options, machine);
  if (!paths.some((path) => path.startsWith('s3:'))) refuseForFiles(options);
  const sources: Source[] = [];
  for (const path of paths) {
    if (path.startsWith('s3:') && parseS3Url(path) === undefined)
      throw new WrongCall(`expected s3://bucket or s3://bucket/prefix, not ${path}`);
    sources.push(
      parseS3Url(path) === undefined
        ? namedPaths([path], machine)
        : await openS3Place(path, place, {
            name: 'command line',
            clock: machine.clock,
            progress: forgetfulProgress(),
            report: () => undefined,
            resolvePath: (given) => given,
            stdin: () => machine.stdin(),
          }),
    );
  }
  return sources;
}

/** Of files and folders these would say nothing, and whoever wrote them would believe that they did. */
function refuseForFiles({ since, until, region, profile, endpointUrl, requestPayer }: BucketOptions): void {
  if ((since ?? until) !== undefined)
    throw new WrongCall('--since and --until choose among objects in S3: a file or folder is read as a whole');
  const given = Object.entries({
    '--region': region,
    '--profile': profile,
    '--endpoint-url': endpointUrl,
    '--request-payer': requestPayer,
  }).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  if (given.length > 0)
    throw new WrongCall(
      `${given.join(' and ')} tell how to reach a bucket, and none is named: expected s3://bucket or s3://bucket/prefix`,
    );
}

function placeOptions({ endpointUrl, ...options }: BucketOptions, { env }: Machine): S3PlaceOptions {
  const { region, profile, requestPayer } = options;
  if (region !== undefined && !awsConfig.region.safeParse(region).success)
    throw new WrongCall(`--region wants a region such as eu-west-1, not ${region}`);
  if (endpointUrl !== undefined && !awsConfig.endpoint.safeParse(endpointUrl).success)
    throw new WrongCall(`--endpoint-url wants a URL such as http://127.0.0.1:9000, not ${endpointUrl}`);
  // The SDK takes the address from the environment by itself, but not that whoever answers there may know no bucket hosts.
  const elsewhere = endpointUrl ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  return {
    region,
    profile,
    endpoint: endpointUrl,
    path_style: elsewhere !== undefined,
    requestPayer: requestPayer === true,
    since: readMoment('--since', options.since),
    until: readMoment('--until', options.until),
  };
}

function readMoment(option: string, text: string | undefined): Moment | undefined {
  if (text === undefined) return undefined;
  const parsed = moment.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new WrongCall(`${option} ${text}: ${parsed.error.issues.map(({ message }) => message).join('; ')}`);
}

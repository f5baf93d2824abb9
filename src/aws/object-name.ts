import { isIP } from 'node:net';

/** What the name of a log object tells about every line in it (`objectFacts` reads it). Absent parts stay absent. */
export interface ObjectFacts {
  readonly accountId?: string;
  readonly region?: string;
  readonly lbType?: 'application' | 'network' | 'classic';
  readonly lbName?: string;
  readonly lbId?: string;
  readonly nodeIp?: string;
  /** The format that the name promises: a `LogFormat.name`. */
  readonly logType?: string;
}

/**
 * What AWS's naming tells about a log object, for S3 keys, `s3://` names and local paths alike:
 *
 *     [prefix/]AWSLogs/[o-ORG/]ACCOUNT/elasticloadbalancing/REGION/YYYY/MM/DD/FILE
 *     FILE: [conn_log_|health_check_log_]ACCOUNT_elasticloadbalancing_REGION_app.NAME.ID_END_NODE_RANDOM.log.gz   ALB
 *           ACCOUNT_elasticloadbalancing_REGION_net.NAME.ID_END_RANDOM.log.gz                                     NLB
 *           ACCOUNT_elasticloadbalancing_REGION_NAME_END_NODE_RANDOM.log                                          Classic
 *
 * Names of balancers have neither `_` nor `.`, so these divide safely. The file's name counts; folders only fill in account
 * and region where a file was renamed. Parts that are not what they should be (redacted ones, say) stay absent.
 */
export function objectFacts(name: string): ObjectFacts {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return factsOfFile(file) ?? factsOfFolders(name);
}

const prefixes = [
  { prefix: /^conn_log[_.]/, logType: 'alb_connection' },
  { prefix: /^health_check_log[_.]/, logType: 'alb_health' },
] as const;

const balancerFile =
  /^([A-Za-z0-9]+)_elasticloadbalancing_([a-z0-9-]+)_([A-Za-z0-9.-]+)_[0-9]{8}T?[0-9]{4}Z_(?:([0-9A-Fa-fX.:]+)_)?[A-Za-z0-9]+(?:\.|$)/;

function factsOfFile(file: string): ObjectFacts | undefined {
  const special = prefixes.find(({ prefix }) => prefix.test(file));
  const match = balancerFile.exec(special === undefined ? file : file.replace(special.prefix, ''));
  if (match === null) return undefined;
  const [, account = '', region = '', balancer = '', node = ''] = match;
  const nodeIp = unpadded(node);
  return {
    ...accountFact(account),
    region,
    ...balancerFacts(balancer),
    ...(isIP(nodeIp) === 0 ? {} : { nodeIp }),
    ...(special === undefined ? {} : { logType: special.logType }),
  };
}

function balancerFacts(balancer: string): ObjectFacts {
  const [kind = '', lbName = '', lbId = ''] = balancer.split('.');
  if (kind === 'app' && lbId !== '') return { lbType: 'application', lbName, lbId, logType: 'alb' };
  if (kind === 'net' && lbId !== '') return { lbType: 'network', lbName, lbId, logType: 'nlb' };
  return { lbType: 'classic', lbName: balancer, logType: 'clb' };
}

const folders =
  /(?:^|[/\\])AWSLogs[/\\](?:o-[a-z0-9]+[/\\])?([A-Za-z0-9]+)(?:[/\\]elasticloadbalancing[/\\]([a-z0-9-]+)[/\\])?/;

function factsOfFolders(name: string): ObjectFacts {
  const match = folders.exec(name);
  if (match === null) return {};
  const [, account = '', region] = match;
  return { ...accountFact(account), ...(region === undefined ? {} : { region }) };
}

function accountFact(account: string): ObjectFacts {
  return /^[0-9]+$/.test(account) ? { accountId: account } : {};
}

/** AWS's documentation pads addresses in names (`172.160.001.192`), its balancers do not. */
function unpadded(address: string): string {
  return address.includes('.') ? address.replace(/(^|\.)0+(?=[0-9])/g, '$1') : address;
}

/**
 * AWS writes one object (`AWSLogs/ACCOUNT/ELBAccessLogTestFile`) when logging is switched on, with one sentence in it. True for
 * that object's name; it has no log lines and is to be skipped.
 */
export function isTestObject(name: string): boolean {
  return testObject.test(name);
}

const testObject = /(?:^|[/\\])ELB[A-Za-z]*LogTestFile$/;

/** True for the sentence in such an object, where the name does not tell: `Enable AccessLog for ELB: app/… at …`. */
export function isTestObjectLine(line: string): boolean {
  return testObjectLine.test(line);
}

const testObjectLine = /^Enable [A-Za-z]{1,32} for ELB\b/;

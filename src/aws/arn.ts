/** The parts of an ARN that say where something is: `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`. Absent parts stay absent. */
export interface ArnParts {
  readonly region?: string;
  readonly account?: string;
}

const arn = /^arn:[a-z-]+:[a-z-]+:([a-z0-9-]*):([0-9]*):/;

export function arnParts(text: string | undefined): ArnParts {
  const match = text === undefined ? null : arn.exec(text);
  if (match === null) return {};
  const [, region = '', account = ''] = match;
  return { ...(region === '' ? {} : { region }), ...(account === '' ? {} : { account }) };
}

/** `arn:…:targetgroup/NAME/ID` → `NAME`; some lines have the ARN abbreviated, so only its resource counts. */
export function targetGroupName(text: string | undefined): string | undefined {
  const at = text?.lastIndexOf(resource) ?? -1;
  if (text === undefined || at < 0) return undefined;
  const name = text.slice(at + resource.length).split('/', 1)[0];
  return name === '' ? undefined : name;
}

const resource = 'targetgroup/';

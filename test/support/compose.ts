import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';

/** docker-compose.yml as far as it is looked at, anchors and merges resolved. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly profiles?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[]; readonly interval: string; readonly retries?: number };
}

export const root = join(import.meta.dirname, '../..');

export function composeServices(): Readonly<Record<string, ComposeService>> {
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
}

export interface Stage {
  readonly from: string;
  /** The instructions behind FROM, continued lines joined. */
  readonly instructions: readonly { readonly word: string; readonly rest: string }[];
}

/** The Dockerfile's stages by name. */
export function dockerStages(): ReadonlyMap<string, Stage> {
  const stages = new Map<string, Stage>();
  let instructions: { word: string; rest: string }[] = [];
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '');
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (word === 'FROM') {
      instructions = [];
      const [from = '', , name = ''] = rest.split(' ');
      stages.set(name, { from, instructions });
    } else instructions.push({ word, rest });
  }
  return stages;
}

export function instruction(stage: Stage, word: string): string | undefined {
  return stage.instructions.findLast((each) => each.word === word)?.rest;
}

function listOf(stage: Stage, word: string): string[] {
  return JSON.parse(instruction(stage, word) ?? '[]') as string[];
}

/** What stands on this machine for a container's file: `COPY SOURCE TARGET`, read backwards. */
export function copies(stage: Stage): { readonly from: string; readonly to: string; readonly stage?: string }[] {
  return stage.instructions
    .filter(({ word }) => word === 'COPY')
    .flatMap(({ rest }) => {
      const words = rest.split(' ');
      const of = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
      const to = words.pop() ?? '';
      return words.map((from) => (of === undefined ? { from, to } : { from, to, stage: of }));
    });
}

/** The programs of images that this machine must have. */
export interface LocalPrograms {
  readonly moto: string;
  readonly falco?: string;
}

/** The services of docker-compose.yml as processes of this machine: the same commands, hosts and paths mapped. */
export class LocalCompose {
  readonly #services = composeServices();
  readonly #stages = dockerStages();
  readonly #folder: string;
  readonly #programs: LocalPrograms;
  readonly #ports: Readonly<Record<string, number>>;
  readonly #running: { readonly name: string; readonly child: ChildProcess; said: string }[] = [];

  /** `ports`: what stands for the ports of the file, by number. */
  constructor(folder: string, programs: LocalPrograms, ports: Readonly<Record<string, number>>) {
    this.#folder = folder;
    this.#programs = programs;
    this.#ports = ports;
  }

  /** Starts what the profile names, in the order of depends_on, each once what it depends on is healthy. */
  async up(profile: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const started = new Set<string>();
    const start = async (name: string): Promise<void> => {
      if (started.has(name)) return;
      started.add(name);
      const service = this.#service(name);
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        if (condition !== 'service_healthy') throw new Error(`${name}: condition ${condition}`);
        await start(other);
      }
      this.#start(name, service, environment);
      await this.#healthy(name, service);
    };
    for (const [name, { profiles }] of Object.entries(this.#services)) {
      if (profiles === undefined || profiles.includes(profile)) await start(name);
    }
  }

  /** Stops all, the last first, as `docker compose down` does; exit codes by name. */
  async down(): Promise<Record<string, number | NodeJS.Signals | null>> {
    const ended: Record<string, number | NodeJS.Signals | null> = {};
    for (const { name, child } of this.#running.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGTERM');
        await exit;
      }
      ended[name] = child.exitCode ?? child.signalCode;
    }
    return ended;
  }

  said(name: string): string {
    return this.#running.find((each) => each.name === name)?.said ?? '';
  }

  #service(name: string): ComposeService {
    const service = this.#services[name];
    if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  }

  #stage({ build }: ComposeService): Stage | undefined {
    return build === undefined ? undefined : this.#stages.get(build.target);
  }

  #start(name: string, service: ComposeService, environment: Readonly<Record<string, string>>): void {
    const stage = this.#stage(service);
    const own = join(this.#folder, name);
    mkdirSync(join(own, 'tmp'), { recursive: true });
    const entrypoint =
      service.entrypoint ??
      (stage === undefined ? [this.#programs.moto, '-H', '127.0.0.1'] : listOf(stage, 'ENTRYPOINT'));
    const command = service.command ?? (stage === undefined ? [] : listOf(stage, 'CMD'));
    const [program = '', ...args] = [...entrypoint, ...command].map((word) => this.#local(name, word));
    const fromImage = Object.fromEntries(
      [...(stage === undefined ? '' : (instruction(stage, 'ENV') ?? '')).matchAll(/(\w+)=(\S+)/g)].map(
        ([, key = '', value = '']) => [key, value],
      ),
    );
    const env = Object.entries({ ...fromImage, ...service.environment, ...environment });
    const child = spawn(program, args, {
      cwd: root,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: own,
        TMPDIR: join(own, 'tmp'),
        ELB_SIDEKICK_PORT: String(this.#ports['2801']),
        ...Object.fromEntries(env.map(([key, value]) => [key, this.#local(name, value)])),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = { name, child, said: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (running.said = (running.said + chunk.toString()).slice(-200_000)));
    this.#running.push(running);
  }

  async #healthy(name: string, { healthcheck }: ComposeService): Promise<void> {
    const [kind, program = '', ...args] = healthcheck.test.map((word) => this.#local(name, word));
    if (kind !== 'CMD') throw new Error(`${name}: a health check of kind ${kind}`);
    // The images of others have these two; this machine may have neither.
    const [command, ...words] = /^(?:curl|wget)$/.test(program)
      ? [process.execPath, 'config/compose/healthy.ts', args.at(-1) ?? '']
      : [program, ...args];
    const { child } = this.#running.find((each) => each.name === name) ?? {};
    const own = join(this.#folder, name);
    for (let tries = 0; tries < 200; tries++) {
      if (child?.exitCode !== null) break;
      const env = { ...process.env, TMPDIR: join(own, 'tmp'), ELB_SIDEKICK_STATE_DIR: join(own, 'state') };
      if (spawnSync(command, words, { cwd: root, stdio: 'ignore', env }).status === 0) return;
      await delay(100);
    }
    throw new Error(`${name} does not become healthy (${healthcheck.test.join(' ')}); it said:\n${this.said(name)}`);
  }

  /** A word of a command or a value of the environment, as it is here. */
  #local(name: string, word: string): string {
    const own = join(this.#folder, name);
    if (word === 'node') return process.execPath;
    if (word === '/usr/bin/falco') return this.#programs.falco ?? word;
    if (word === '/etc/falco/elb-sidekick.yaml') return this.#falcoYaml(name);
    if (this.#ports[word] !== undefined) return String(this.#ports[word]);
    return word
      .replace(/\b(?:aws|sidekick|falco|127\.0\.0\.1|0\.0\.0\.0):(\d+)/g, (all, port: string) =>
        this.#ports[port] === undefined ? all : `127.0.0.1:${this.#ports[port]}`,
      )
      .replace(/^0\.0\.0\.0$/, '127.0.0.1')
      .replace(/^\/tmp\b/, join(own, 'tmp'))
      .replace(/^\/var\/lib\/elb-sidekick\b/, join(own, 'state'));
  }

  /** Falco's config with the paths of files that the Dockerfile copies put back to where they are copied from. */
  #falcoYaml(name: string): string {
    const stage = this.#stages.get('falco');
    if (stage === undefined) throw new Error('the Dockerfile has no stage falco');
    let text = '';
    const files = copies(stage).map(({ from, to }) => ({
      to,
      from: join(root, from.replace(/^\/plugin/, 'falco-plugin')),
    }));
    for (const { to, from } of files) if (to === '/etc/falco/elb-sidekick.yaml') text = readFileSync(from, 'utf8');
    for (const { to, from } of files) text = text.replaceAll(to, from);
    const file = join(this.#folder, name, 'falco.yaml');
    writeFileSync(file, text.replaceAll('/var/lib/falco', join(this.#folder, name, 'state')));
    return file;
  }
}

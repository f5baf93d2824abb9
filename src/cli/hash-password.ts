import { defineCommand, type ExitCode, WrongInput } from './command.ts';

const maxBytes = 1_000;

export const hashPassword = defineCommand<object>({
  name: 'hash-password',
  about: 'Make a password_hash for ui.users of a password on standard input',
  examples: [['read -rs PASSWORD; printf %s "$PASSWORD" | elb-sidekick hash-password', 'the hash, for the config']],
  configure: () => undefined,
  async run(machine): Promise<ExitCode> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of machine.stdin()) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new WrongInput(`a password has at most ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    const password = Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
    if (password === '') throw new WrongInput('there is no password on standard input');
    const { hashPassword: hash } = await import('../base/password.ts');
    await machine.out.write(`${await hash(password)}\n`);
    return 0;
  },
});

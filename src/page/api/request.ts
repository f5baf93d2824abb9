/** Why a call brought nothing. `status` is 0 when the service could not be reached. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, message: string, body?: unknown) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

type Method = 'GET' | 'POST' | 'PATCH';

/** Calls the API of the service that this page came from. Rejects with a `Failure`, or as the signal is aborted. */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(0, 'The service cannot be reached.');
  }
  const said: unknown = answer.headers.get('content-type')?.startsWith('application/json')
    ? await answer.json()
    : undefined;
  if (!answer.ok) throw new Failure(answer.status, reasonIn(said) ?? `The service answered ${answer.status}.`, said);
  return said as T;
}

function reasonIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  return typeof body.error === 'string' ? body.error : undefined;
}

export function failureOf(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(0, error instanceof Error ? error.message : String(error));
}

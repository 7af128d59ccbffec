/** A request that failed: what the server said, or that it did not answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 when there was no answer. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a form, which has no bound on its length as a URL has. */
  readonly form?: URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

let csrfToken = ''
let onSignedOut: () => void = () => undefined

/** What goes with every request that changes something; given at sign-in. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

/** Called when an answer says that the session has ended. */
export function listenForSignOut(listener: () => void): void {
  onSignedOut = listener
}

/** Asks for JSON. Rejects with an `ApiError`, or with the abort of the signal. The shape of the answer is the caller's promise. */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options)
  const text = await response.text()
  if (response.status === 401) onSignedOut()
  if (!response.ok) throw new ApiError(response.status, messageOf(text, response))
  try {
    return JSON.parse(text === '' ? 'null' : text) as T
  } catch {
    throw new ApiError(response.status, 'the answer is not JSON: is this a Vedette server?')
  }
}

async function send(
  path: string,
  { method, body, form, headers, signal }: RequestOptions,
): Promise<Response> {
  const sent = method ?? (body === undefined && form === undefined ? 'GET' : 'POST')
  try {
    return await fetch(path, {
      method: sent,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(sent === 'GET' || csrfToken === '' ? {} : { 'x-vedette-csrf': csrfToken }),
      },
      ...(body === undefined
        ? form === undefined
          ? {}
          : { body: form }
        : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (thrown) {
    if (signal?.aborted === true) throw thrown
    throw new ApiError(0, 'the server does not answer: is it running, and is the network up?')
  }
}

/** What is wrong, from the shapes in which the listeners say it (Prometheus: `error`, Grafana: `message`), or the plain text. */
function messageOf(text: string, response: Response): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) {
      for (const key of ['error', 'message']) {
        const said: unknown = Reflect.get(parsed, key)
        if (typeof said === 'string' && said !== '') return said
      }
    }
  } catch {
    // Not JSON: then it is a text for people.
  }
  const short = text.trim().slice(0, 300)
  return short === '' ? `${response.status} ${response.statusText}` : short
}

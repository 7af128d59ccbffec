import { withBase } from './base-path.ts'

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
  return parseAnswer<T>(text === '' ? 'null' : text, response.status)
}

/** JSON of an answer; its shape is the caller's promise. */
export async function parseAnswer<T>(text: string, status: number): Promise<T> {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError(status, 'the answer is not JSON: is this a Vedette server?')
  }
}

/**
 * Asks for an answer of lines, and hands out each as it comes. Rejects as `requestJson` does; also when the answer ends amid its lines.
 */
export async function requestLines(
  path: string,
  options: RequestOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const response = await send(path, options)
  if (response.status === 401) onSignedOut()
  if (!response.ok) throw new ApiError(response.status, messageOf(await response.text(), response))
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      const lines = (rest + decoder.decode(next.value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLine)
    }
  } catch (thrown) {
    if (options.signal?.aborted === true) throw thrown
    throw new ApiError(0, 'the connection was lost amid an answer')
  }
}

async function send(
  path: string,
  { method, body, form, headers, signal }: RequestOptions,
): Promise<Response> {
  const sent = method ?? (body === undefined && form === undefined ? 'GET' : 'POST')
  try {
    return await fetch(withBase(path), {
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

/** What is wrong, from the shapes in which the listeners say it (Prometheus: `error`, Grafana: `message`). */
export function faultOf(parsed: unknown): string | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined
  for (const key of ['error', 'message']) {
    const said: unknown = Reflect.get(parsed, key)
    if (typeof said === 'string' && said !== '') return said
  }
  return undefined
}

/** What is wrong, or the plain text. */
function messageOf(text: string, response: Response): string {
  try {
    const said = faultOf(JSON.parse(text))
    if (said !== undefined) return said
  } catch {
    // Not JSON: then it is a text for people.
  }
  const short = text.trim().slice(0, 300)
  return short === '' ? `${response.status} ${response.statusText}` : short
}

import { Option } from 'commander'
import { Agent, request } from 'undici'
import { ApiError, readBounded } from './api-client.ts'
import { messageOf } from '../model/problem.ts'
import { printable } from './printable.ts'
import { UsageError } from './usage-error.ts'

const DEFAULT_URL = 'http://127.0.0.1:9093'
const CONNECT_TIMEOUT_MS = 10_000

/** Where the Alertmanager API is; the flag has the name that it has in `amtool`. */
export function alertmanagerUrlOption(): Option {
  return new Option('--alertmanager.url <url>', 'the Alertmanager API to ask')
    .env('VEDETTE_ALERTMANAGER_URL')
    .default(DEFAULT_URL)
}

/** A client of the Alertmanager API, and of what this program adds to it. */
export interface AlertmanagerClient {
  /** Without credentials. */
  readonly url: string
  /** The JSON that was answered; undefined for an answer without a body. Its shape is the server's promise. */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>
  close(): Promise<void>
}

/** `url` may hold `user:password@`. Throws a `UsageError` for what is not an HTTP URL. */
export function createAlertmanagerClient(url: string): AlertmanagerClient {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol))
    throw new UsageError(
      `--alertmanager.url (or VEDETTE_ALERTMANAGER_URL): must be a URL such as ${DEFAULT_URL}`,
    )
  const pair = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
  const credentials =
    base.username === '' ? {} : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
  base.username = ''
  base.password = ''
  const shown = base.href.replace(/\/+$/, '')
  const agent = new Agent({ connectTimeout: CONNECT_TIMEOUT_MS, pipelining: 0 })
  return {
    url: shown,
    async call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
      const { status, text } = await ask(`${shown}${path}`, {
        dispatcher: agent,
        method,
        headers: {
          ...credentials,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (status >= 200 && status < 300) return readJson(text, shown) as T
      throw new ApiError(`${shown} refused: ${describeRefusal(text, status)}`)
    },
    close: () => agent.close(),
  }
}

async function ask(
  url: string,
  options: Parameters<typeof request>[1],
): Promise<{ status: number; text: string }> {
  try {
    const { statusCode, body } = await request(url, options)
    return { status: statusCode, text: await readBounded(body) }
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
    const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : printable(messageOf(thrown))
    throw new ApiError(
      `cannot reach ${new URL(url).origin}: ${reason}. Start a server with "vedette start", or name another one with --alertmanager.url or VEDETTE_ALERTMANAGER_URL`,
      { cause: thrown },
    )
  }
}

/** An answer without a body is read as `null`, which nobody who expects a body asks for. */
function readJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text.trim() === '' ? 'null' : text)
  } catch (thrown) {
    throw new ApiError(`${url} does not answer as Alertmanager does: ${messageOf(thrown)}`)
  }
}

/** A JSON text, an object with a message, or plain text. */
function describeRefusal(text: string, status: number): string {
  let said: unknown = text.trim()
  try {
    said = JSON.parse(text)
  } catch {
    // Plain text is shown as it is.
  }
  if (typeof said === 'object' && said !== null && 'message' in said) said = said.message
  const shown = typeof said === 'string' ? said : JSON.stringify(said)
  return shown === '' ? `status ${status}` : printable(shown).slice(0, 500)
}

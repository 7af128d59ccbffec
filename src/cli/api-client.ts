import { request } from 'undici'
import { messageOf } from '../model/problem.ts'

/** The server cannot be reached, or refused the request; the message is for a person. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
}

interface Envelope<T> {
  readonly status: 'success' | 'error'
  readonly data: T
  readonly error?: string
  readonly errorType?: string
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

/** Calls an endpoint of the Prometheus API; parameters go in a form. */
export async function callApi<T>(
  base: string,
  path: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Envelope<T>> {
  const url = `${base.replace(/\/$/, '')}${path}`
  const form = new URLSearchParams(parameters).toString()
  const answer = await request(url, {
    method: form === '' ? 'GET' : 'POST',
    ...(form === '' ? {} : { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  }).catch((cause: unknown) => {
    throw new ApiError(`cannot reach ${base}: ${messageOf(cause)}. Is "vedette start" running? (--url names another server)`, { cause })
  })
  const text = await answer.body.text()
  const envelope = parseEnvelope<T>(text)
  if (envelope === undefined) throw new ApiError(`${url} answered ${answer.statusCode}: ${text.slice(0, 200)}`)
  if (envelope.status === 'error') throw new ApiError(envelope.error ?? `status ${answer.statusCode}`)
  return envelope
}

function parseEnvelope<T>(text: string): Envelope<T> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'status' in value) return value as Envelope<T>
  } catch {
    return undefined
  }
  return undefined
}

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { EngineFault } from './engine-fault.ts'

interface Credentials {
  readonly user: string
  readonly password: string
}

/**
 * Checks user and password of a request, given in any of ClickHouse's ways: Basic authentication, the headers
 * `X-ClickHouse-User` and `X-ClickHouse-Key`, or the URL parameters `user` and `password`.
 */
export function authenticator(
  expected: Credentials,
): (request: IncomingMessage, parameters: URLSearchParams) => void {
  return (request, parameters) => {
    const given = readCredentials(request, parameters)
    // Both are compared always, and by digest: the time tells nothing about either.
    const sameUser = isSame(given.user, expected.user)
    const samePassword = isSame(given.password, expected.password)
    if (sameUser && samePassword) return
    throw new EngineFault(
      516,
      'AUTHENTICATION_FAILED',
      `${given.user}: Authentication failed: password is incorrect, or there is no user with such name`,
    )
  }
}

function readCredentials(request: IncomingMessage, parameters: URLSearchParams): Credentials {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/.exec(request.headers.authorization ?? '')
  if (basic !== null) {
    const text = Buffer.from(basic[1] ?? '', 'base64').toString('utf8')
    const colon = text.indexOf(':')
    return { user: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) }
  }
  const { 'x-clickhouse-user': user, 'x-clickhouse-key': key } = request.headers
  if (typeof user === 'string') return { user, password: typeof key === 'string' ? key : '' }
  return { user: parameters.get('user') ?? 'default', password: parameters.get('password') ?? '' }
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

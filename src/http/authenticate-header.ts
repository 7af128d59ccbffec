import type { IncomingHttpHeaders } from 'node:http'
import type { Credentials } from '../access/authenticator.ts'

/** `__Host-` makes browsers refuse the cookie from subdomains and over plain connections. */
const SECURE_COOKIE = '__Host-vedette'
const PLAIN_COOKIE = 'vedette'

/** An id consists of characters that a cookie may hold as they are, so nothing is escaped on either way. */
const COOKIE = /(?:^|;) *(__Host-vedette|vedette)=([A-Za-z0-9_-]{43}) *(?=;|$)/g

/** The id of the signed-in browser that a request shows, if any. */
export function readCookie({ cookie }: IncomingHttpHeaders): string | undefined {
  if (cookie === undefined || !cookie.includes(PLAIN_COOKIE)) return undefined
  const all = new Map<string, string>()
  for (const [, name = '', id = ''] of cookie.matchAll(COOKIE)) all.set(name, id)
  return all.get(SECURE_COOKIE) ?? all.get(PLAIN_COOKIE)
}

/**
 * The header that gives a browser its cookie; an empty id takes it away. `SameSite=Strict` would sign people out who follow a link
 * from a chat; what changes something needs a proof of its own anyway.
 */
export function writeCookie(id: string, isSecure: boolean, lifetimeMs: number): string {
  const name = isSecure ? SECURE_COOKIE : PLAIN_COOKIE
  const lifetimeS = id === '' ? 0 : Math.floor(lifetimeMs / 1000)
  const secure = isSecure ? 'Secure; ' : ''
  return `${name}=${id}; Max-Age=${lifetimeS}; Path=/; HttpOnly; ${secure}SameSite=Lax`
}

/**
 * What a request shows of itself: a header before the cookie, which only the web UI takes, since browsers send it to every port of
 * a host. Other schemes (AWS's signatures, for one) were meant for somebody else and count as nothing.
 */
export function readCredentials(
  headers: IncomingHttpHeaders,
  isUi: boolean,
): Credentials | undefined {
  const { authorization } = headers
  if (authorization !== undefined) {
    const bearer = /^bearer +(\S+) *$/i.exec(authorization)?.[1]
    if (bearer !== undefined) return { kind: 'bearer', token: bearer }
    const basic = /^basic +([A-Za-z0-9+/_=-]*) *$/i.exec(authorization)?.[1]
    if (basic !== undefined) return readBasic(basic)
  }
  const id = isUi ? readCookie(headers) : undefined
  return id === undefined ? undefined : { kind: 'cookie', id }
}

function readBasic(encoded: string): Credentials | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  const password = colon < 0 ? '' : text.slice(colon + 1)
  return user === '' && password === '' ? undefined : { kind: 'basic', user, password }
}

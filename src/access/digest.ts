import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const TOKEN_PREFIX = 'vdt_'
/** 256 bits: nobody guesses them, so their hash need not be slow. */
const SECRET_BYTES = 32
const HINT_LENGTH = 10
const TOKEN = /^vdt_[A-Za-z0-9_-]{43}$/

/** SHA-256 in hex, under which a random secret is kept. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** A new token of the API. */
export function generateToken(): string {
  return TOKEN_PREFIX + generateSecret()
}

/** The part of a token that may be shown. */
export function hintOf(token: string): string {
  return token.slice(0, HINT_LENGTH)
}

/** Whether a text has the form of one of our tokens. */
export function looksLikeToken(text: string): boolean {
  return TOKEN.test(text)
}

/** A new id of a signed-in browser. */
export function generateSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** What a page of ours proves itself with: only who knows the id in the cookie, or was told, knows it. */
export function csrfOf(signInId: string): string {
  return createHmac('sha256', signInId).update('csrf').digest('base64url')
}

/** In a time that tells nothing about either. */
export function isSame(left: string, right: string): boolean {
  return timingSafeEqual(
    createHash('sha256').update(left).digest(),
    createHash('sha256').update(right).digest(),
  )
}

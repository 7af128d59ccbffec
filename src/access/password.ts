import { randomBytes } from 'node:crypto'
import { MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH } from '../contract/access.ts'
import { Problem } from '../model/problem.ts'

/**
 * OWASP's second choice of argon2id, which a small machine can pay: 19 MiB and two passes, about 50 ms. The library's default
 * algorithm is argon2id.
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Hashes that are computed at the same time: each holds 19 MiB. */
const MAX_CONCURRENT = 1
/** Hashes that may wait for their turn. */
const MAX_WAITING = 64

const GENERATED_LENGTH = 24
/** Without characters that look alike; 56 of them, 24 times, are 139 bits. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'

/** What is wrong with a password that somebody chose; undefined when nothing is. */
export function passwordFault(password: string): string | undefined {
  if (Array.from(password).length < MIN_PASSWORD_LENGTH) {
    return `a password has at least ${MIN_PASSWORD_LENGTH} characters (four or five words do)`
  }
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    return `a password has at most ${MAX_PASSWORD_BYTES} bytes`
  }
  return undefined
}

/** A password of 24 characters that can be read aloud. */
export function generatePassword(): string {
  let password = ''
  while (password.length < GENERATED_LENGTH) {
    for (const byte of randomBytes(64)) {
      // Above the last whole multiple of the alphabet, the first characters would be likelier.
      if (byte >= 256 - (256 % ALPHABET.length)) continue
      password += ALPHABET[byte % ALPHABET.length] ?? ''
      if (password.length === GENERATED_LENGTH) break
    }
  }
  return password
}

/** Computes and checks hashes, a bounded number at the same time. */
export class Passwords {
  #running = 0
  readonly #waiting: (() => void)[] = []
  #nobody: Promise<string> | undefined

  /** A PHC string of argon2id. */
  hash(password: string): Promise<string> {
    return this.#inTurn(async () => (await loadArgon2()).hash(password, COST))
  }

  /**
   * Whether a password belongs to a hash. Without a hash (no such user) it takes as long and is false: nobody learns from the
   * time which users exist. Rejects with a `Problem` (`unavailable`) when too many wait.
   */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.#nobody ??= this.hash(generatePassword())
    const against = passwordHash ?? (await this.#nobody)
    if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false
    const isRight = await this.#inTurn(async () => (await loadArgon2()).verify(against, password))
    return isRight && passwordHash !== undefined
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_CONCURRENT) {
      if (this.#waiting.length >= MAX_WAITING) {
        throw new Problem(
          'unavailable',
          'too many sign-ins at the same time: try again in a moment',
        )
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      // The turn is handed on, so that nobody slips in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

/** Only when the first password comes: it takes 9 MiB of memory, 4 of them its own. */
function loadArgon2() {
  return import('@node-rs/argon2')
}

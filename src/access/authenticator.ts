import { createHmac, randomBytes } from 'node:crypto'
import { messageOf, Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { deleteSignIn, findSignIn, touchSignIn } from '../store/metadata/sign-ins.ts'
import { findTokenByHash, touchToken, type StoredToken } from '../store/metadata/tokens.ts'
import { findUser, findUserByLogin, touchUser, type User } from '../store/metadata/users.ts'
import type { AuditLog } from './audit-log.ts'
import { csrfOf, digest, looksLikeToken } from './digest.ts'
import { ExpiringMap } from './expiring-map.ts'
import type { Passwords } from './password.ts'
import { NOBODY, type Principal } from './principal.ts'
import { allows, SCOPES_OF_ROLE, toScope, type Scope } from './scope.ts'
import type { Clock, Throttle } from './throttle.ts'

/** What a request shows of itself. */
export type Credentials =
  | { readonly kind: 'bearer'; readonly token: string }
  /** The password may also be a token, as Grafana's and Prometheus's clients send them; then the user does not matter. */
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** The id of a signed-in browser. */
  | { readonly kind: 'cookie'; readonly id: string }

export type Verdict =
  | { readonly ok: true; readonly principal: Principal }
  /** Of what was shown, nothing tells which part of it is wrong. */
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterMs: number }
  /** The metadata cannot be read. */
  | { readonly ok: false; readonly reason: 'unavailable'; readonly message: string }

export interface SignInLife {
  /** A browser that was not seen for so long has to sign in again. */
  readonly idleMs: number
  /** And every one after so long. */
  readonly lifetimeMs: number
}

/** A password that was right for a hash; it is while the user has that hash. */
interface RightPassword {
  readonly principal: Principal
  readonly userId: number
  readonly passwordHash: string | undefined
  readonly lookedUpMs: number
}

interface Parts {
  readonly metadata: Metadata
  readonly passwords: Passwords
  readonly throttle: Throttle
  readonly audit: AuditLog
  readonly life: SignInLife
  readonly log: Log
  readonly clock: Clock
}

const WRONG: Verdict = { ok: false, reason: 'wrong' }

/** A password that was right is not hashed again for so long, unless the user's changes. */
const PASSWORD_LIFE_MS = 15 * 60_000
/** What another program on the same database (`vedette user`) changed is known within this time, our own changes at once. */
const LOOKUP_LIFE_MS = 10_000
const MAX_REMEMBERED = 1024
const TOUCH_INTERVAL_MS = 60_000

/**
 * Tells who a request is from. Answers at once (no promise) for credentials that were seen lately, so that clients that send
 * theirs with every request cost neither a hash nor a query.
 */
export class Authenticator {
  readonly #parts: Parts
  /** New in each process, so that what is remembered is of no use outside of it. */
  readonly #key = randomBytes(32)
  readonly #passwords: ExpiringMap<RightPassword>
  readonly #tokens: ExpiringMap<StoredToken & { readonly principal: Principal }>
  readonly #unknownTokens: ExpiringMap<true>
  readonly #browsers: ExpiringMap<{ readonly principal: Principal; readonly untilMs: number }>
  readonly #touched: ExpiringMap<true>
  readonly #tokenFailures: ExpiringMap<number>
  readonly #underWay = new Map<string, Promise<Verdict>>()
  #generation = 0

  constructor(parts: Parts) {
    this.#parts = parts
    const { nowMs } = parts.clock
    this.#passwords = new ExpiringMap(MAX_REMEMBERED, nowMs)
    this.#tokens = new ExpiringMap(MAX_REMEMBERED, nowMs)
    this.#unknownTokens = new ExpiringMap(MAX_REMEMBERED, nowMs)
    this.#browsers = new ExpiringMap(MAX_REMEMBERED, nowMs)
    this.#touched = new ExpiringMap(MAX_REMEMBERED, nowMs)
    this.#tokenFailures = new ExpiringMap(MAX_REMEMBERED, nowMs)
  }

  /** Decides about credentials that came from an address. Never rejects. */
  check(credentials: Credentials, address: string): Verdict | Promise<Verdict> {
    switch (credentials.kind) {
      case 'bearer':
        return this.#checkToken(credentials.token, address)
      case 'basic':
        return looksLikeToken(credentials.password)
          ? this.#checkToken(credentials.password, address)
          : this.#checkPassword(credentials.user, credentials.password, address)
      case 'cookie':
        return this.#checkBrowser(credentials.id, address)
      default:
        return credentials satisfies never
    }
  }

  /** Forgets what was decided: to be called after every change of users, tokens and sign-ins. */
  forget(): void {
    this.#generation++
    this.#passwords.clear()
    this.#tokens.clear()
    this.#unknownTokens.clear()
    this.#browsers.clear()
  }

  /** Checks a password without remembering it; the user when it is right. Waits for its turn and may be throttled. */
  async findByPassword(
    login: string,
    password: string,
    address: string,
  ): Promise<{ readonly user: User } | Exclude<Verdict, { ok: true }>> {
    const { metadata, passwords, throttle } = this.#parts
    const account = login.trim().toLowerCase()
    try {
      const admission = await throttle.admit(account, address)
      if (!admission.ok) {
        return { ok: false, reason: 'throttled', retryAfterMs: admission.retryAfterMs }
      }
      // What no login can be is not looked up, but takes its time.
      const user = isLogin(account) ? await findUserByLogin(metadata, account) : undefined
      const isRight = await passwords.verify(user?.passwordHash, password)
      if (!isRight || user === undefined || user.disabled || user.kind !== 'person') {
        this.#noteFailure(account, address)
        return { ok: false, reason: 'wrong' }
      }
      throttle.succeed(account, address)
      return { user }
    } catch (thrown) {
      return this.#unavailable(thrown)
    }
  }

  #noteFailure(account: string, address: string): void {
    const count = this.#parts.throttle.fail(account, address)
    // 1, 2, 4, 8 …: a client that goes on for ever fills no log.
    if ((count & (count - 1)) !== 0) return
    this.#parts.audit.record({ principal: NOBODY, address }, 'sign-in', account, {
      failed: true,
      details: count === 1 ? '' : `${count} failures from this address`,
    })
  }

  #checkPassword(login: string, password: string, address: string): Verdict | Promise<Verdict> {
    const key = createHmac('sha256', this.#key)
      .update(JSON.stringify([login, password]))
      .digest('base64')
    const known = this.#passwords.get(key)
    const nowMs = this.#parts.clock.nowMs()
    if (known !== undefined && nowMs < known.lookedUpMs + LOOKUP_LIFE_MS) {
      return { ok: true, principal: known.principal }
    }
    // A client that opens many connections at once has its password hashed once.
    return this.#once(`password ${key} ${address}`, async (isCurrent) => {
      const user =
        known === undefined ? undefined : await findUser(this.#parts.metadata, known.userId)
      const isUnchanged = user?.passwordHash === known?.passwordHash && user?.disabled === false
      const found = isUnchanged ? { user } : await this.findByPassword(login, password, address)
      if (!('user' in found)) return found
      const { id: userId, passwordHash } = found.user
      const right = { principal: toPrincipal(found.user), userId, passwordHash, lookedUpMs: nowMs }
      if (isCurrent()) this.#passwords.set(key, right, PASSWORD_LIFE_MS)
      this.#touch(`user ${userId}`, (atMs) => touchUser(this.#parts.metadata, userId, atMs))
      return { ok: true, principal: right.principal }
    })
  }

  #checkToken(token: string, address: string): Verdict | Promise<Verdict> {
    if (!looksLikeToken(token)) return this.#refuseToken(address)
    const hash = digest(token)
    const known = this.#tokens.get(hash)
    if (known !== undefined) return this.#useToken(known, address)
    if (this.#unknownTokens.get(hash) === true) return this.#refuseToken(address)
    return this.#once(`token ${hash} ${address}`, async (isCurrent) => {
      const found = await this.#findToken(hash)
      if (found === undefined) {
        if (isCurrent()) this.#unknownTokens.set(hash, true, LOOKUP_LIFE_MS)
        return this.#refuseToken(address)
      }
      if (isCurrent()) this.#tokens.set(hash, found, LOOKUP_LIFE_MS)
      return this.#useToken(found, address)
    })
  }

  async #findToken(
    hash: string,
  ): Promise<(StoredToken & { readonly principal: Principal }) | undefined> {
    const token = await findTokenByHash(this.#parts.metadata, hash)
    if (token === undefined) return undefined
    const scopes = token.scopes.flatMap((text) => toScope(text) ?? [])
    const name = `token ${token.name}`
    if (token.userId === undefined) {
      return { ...token, principal: { kind: 'token', name, scopes: new Set(scopes) } }
    }
    const account = await findUser(this.#parts.metadata, token.userId)
    if (account === undefined || account.disabled) return undefined
    const { role, id: userId } = account
    const mayDo: ReadonlySet<Scope> = SCOPES_OF_ROLE[role]
    // A token of a service account may do what the account may, or less when it says so.
    const own =
      scopes.length === 0 ? mayDo : new Set(scopes.filter((scope) => allows(mayDo, scope)))
    return { ...token, principal: { kind: 'token', name, scopes: own, role, userId } }
  }

  #useToken(
    { id, expiresMs, principal }: StoredToken & { readonly principal: Principal },
    address: string,
  ): Verdict {
    if (expiresMs !== undefined && expiresMs <= this.#parts.clock.nowMs()) {
      return this.#refuseToken(address)
    }
    this.#touch(`token ${id}`, (nowMs) => touchToken(this.#parts.metadata, id, nowMs, address))
    return { ok: true, principal }
  }

  /** Tokens cannot be guessed, so failures cost nothing but are noted. */
  #refuseToken(address: string): Verdict {
    const count = (this.#tokenFailures.get(address) ?? 0) + 1
    this.#tokenFailures.set(address, count, TOUCH_INTERVAL_MS * 60)
    if ((count & (count - 1)) === 0) {
      this.#parts.audit.record({ principal: NOBODY, address }, 'token.use', '', {
        failed: true,
        details: count === 1 ? '' : `${count} failures from this address`,
      })
    }
    return WRONG
  }

  #checkBrowser(id: string, address: string): Verdict | Promise<Verdict> {
    const idHash = digest(id)
    const { nowMs } = this.#parts.clock
    const known = this.#browsers.get(idHash)
    if (known !== undefined && known.untilMs > nowMs()) {
      return this.#useBrowser(known.principal, idHash, address)
    }
    return this.#once(`browser ${idHash}`, async (isCurrent) => {
      const { metadata, life } = this.#parts
      const signIn = await findSignIn(metadata, idHash)
      if (signIn === undefined) return WRONG
      const untilMs = Math.min(signIn.createdMs + life.lifetimeMs, signIn.lastSeenMs + life.idleMs)
      const user = await findUser(metadata, signIn.userId)
      if (untilMs <= nowMs() || user === undefined || user.disabled) {
        await deleteSignIn(metadata, idHash)
        return WRONG
      }
      const principal = { ...toPrincipal(user), browser: { idHash, csrf: csrfOf(id) } }
      if (isCurrent()) this.#browsers.set(idHash, { principal, untilMs }, LOOKUP_LIFE_MS)
      return this.#useBrowser(principal, idHash, address)
    })
  }

  #useBrowser(principal: Principal, idHash: string, address: string): Verdict {
    const { metadata } = this.#parts
    this.#touch(`browser ${idHash}`, async (nowMs) => {
      await touchSignIn(metadata, idHash, nowMs, address)
      if (principal.userId !== undefined) await touchUser(metadata, principal.userId, nowMs)
    })
    return { ok: true, principal }
  }

  /** The same question asked while it is being answered gets the same answer. */
  #once(key: string, work: (isCurrent: () => boolean) => Promise<Verdict>): Promise<Verdict> {
    const generation = this.#generation
    const turn = `${generation} ${key}`
    const running = this.#underWay.get(turn)
    if (running !== undefined) return running
    const answer = work(() => generation === this.#generation)
      .catch((thrown: unknown) => this.#unavailable(thrown))
      .finally(() => this.#underWay.delete(turn))
    this.#underWay.set(turn, answer)
    return answer
  }

  /** Writes when somebody was last seen, at most once a minute. */
  #touch(key: string, write: (nowMs: number) => Promise<void>): void {
    if (this.#touched.get(key) === true) return
    this.#touched.set(key, true, TOUCH_INTERVAL_MS)
    write(this.#parts.clock.nowMs()).catch((thrown: unknown) => {
      this.#parts.log.warn('when somebody was last seen could not be noted', {
        reason: messageOf(thrown),
      })
    })
  }

  #unavailable(thrown: unknown): Exclude<Verdict, { ok: true }> {
    const isKnown = thrown instanceof Problem
    this.#parts.log[isKnown ? 'warn' : 'error']('credentials could not be checked', {
      reason: messageOf(thrown),
    })
    const message = 'credentials cannot be checked now: try again in a moment'
    return { ok: false, reason: 'unavailable', message }
  }
}

/** What a login may be, in lower case. */
export function isLogin(text: string): boolean {
  return /^[a-z0-9._@+-]{1,190}$/.test(text)
}

function toPrincipal(user: User): Principal {
  return {
    kind: 'user',
    name: user.login,
    displayName: user.name === '' ? user.login : user.name,
    role: user.role,
    scopes: SCOPES_OF_ROLE[user.role],
    userId: user.id,
  }
}
